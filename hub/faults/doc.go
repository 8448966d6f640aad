// Package faults holds black-box tests of the real binary under faults: killed
// with SIGKILL under load, beside readers that never read, with thousands of
// subscribers that come back at once, and upgraded in place under load. What the hub must have done is decided
// by a checker that shares no code with it: it knows what it sent and what was
// answered, and reads the streams with hub/sse.
//
//	go test ./hub/faults                  15 kills, 5,000 subscribers; under two minutes
//	go test -short ./hub/faults           fewer kills, 1,000 subscribers
//	AMALGAM_KILLS=1000 go test ./hub/faults -run Kill -v -timeout 4h
//	                                      a thousand kills, progress each 50
//	AMALGAM_SEED=7 …                      the same publications and moments again
//	AMALGAM_SUBSCRIBERS=15000 go test ./hub/faults -run ComeBack -v
//	                                      a larger crowd, as far as ulimit -Hn allows
//
// Each test prints its seed and its figures; use -v. SIGKILL leaves what the
// process has handed to the kernel: what a power cut takes is the matter of
// hub/eventlog/bolt.
package faults
