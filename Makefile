# `make help` lists the targets. Only Go and Node.js have to be there already;
# what the tests need besides is installed, or explained, by `make deps`.

SHELL   := bash
GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOROOT  := $(shell $(GO) env GOROOT)
# Tests and builds of the wasm side: Go's own runner executes them in Node.js.
WASM     = GOOS=js GOARCH=wasm
WASMEXEC = -exec=$(GOROOT)/lib/wasm/go_js_wasm_exec
FUZZTIME ?= 30s

.PHONY: help run build sdk types size test test-go test-wasm test-js test-browser test-pack bench bench-hub bench-page bench-payload sabotage fuzz deps clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: build ## build everything and start the demo on http://localhost:3000
	@exec bin/amalgam demo

build: sdk ## build bin/amalgam (static) and the npm package in jsdist/dist
	@echo "== collecting the licences of what bin/amalgam is made of"
	@$(GO) run ./hub/licenses/collect ./hub/cmd/amalgam hub/licenses/built/notices.txt.gz
	@echo "== building bin/amalgam"
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/amalgam ./hub/cmd/amalgam
	@ls -lh bin/amalgam | awk '{print "   bin/amalgam " $$5}'

sdk: jsdist/node_modules/.installed ## build the browser SDK: Go to wasm, TypeScript to JavaScript
	@echo "== building the browser SDK"
	@cd jsdist && npm run --silent build

types: ## write jsdist/src/dom.ts anew from the Go types in payload/messages
	@$(GO) run ./hub/cmd/amalgam types ./payload/messages -o jsdist/src --types dom.ts --schema "" --module ./types.js

size: sdk ## what each Go package weighs in sdk.wasm, and what the budgets leave
	@cd jsdist && node build/size.mjs

jsdist/node_modules/.installed: jsdist/package.json jsdist/package-lock.json
	@echo "== installing the npm packages of jsdist"
	@cd jsdist && npm ci --silent --no-fund --no-audit --ignore-scripts && touch node_modules/.installed

test: deps build test-go test-wasm test-js test-browser test-pack ## run all tests
	@echo "== all tests passed"

test-go: ## go vet, gofmt and the Go tests with the race detector
	@echo "== go vet"
	@$(GO) vet ./...
	@$(WASM) $(GO) vet ./wasm/... ./payload/...
	@unformatted=$$(gofmt -l hub payload wasm jsdist/*.go demo); \
	  test -z "$$unformatted" || { echo "gofmt these files: $$unformatted"; exit 1; }
	@echo "== Go tests"
	@$(GO) test -race -timeout 20m ./...

test-wasm: ## the Go tests of what runs in the browser, compiled to wasm
	@echo "== Go tests, compiled to wasm, in Node.js"
	@JSON_SCHEMA_SUITE="$$($(GO) list -m -f '{{.Dir}}' github.com/google/jsonschema-go)/jsonschema/testdata/draft2020-12" \
	  $(WASM) $(GO) test -short -timeout 10m $(WASMEXEC) ./payload/... ./wasm/...

test-js: sdk ## tests of the npm package that need no browser
	@echo "== tests of the npm package"
	@cd jsdist && npm run --silent test

test-browser: build ## tests in a real browser, against the real binary
	@echo "== browser tests"
	@cd jsdist && npm run --silent test:browser

test-pack: build ## the packed npm package in bundlers, pages with policies, React, and docs/sdk.md
	@echo "== tests of the packed npm package"
	@cd jsdist && npm run --silent test:pack

bench: bench-hub bench-page bench-payload ## measure hub, SDK and payload, one table each (ARGS=--short; see the three below)

bench-hub: ## the hub beside a C floor (ARGS=--short, --long; BENCH_PEER_URL for another hub)
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/amalgam-bench ./hub/cmd/amalgam
	@bin/amalgam-bench bench suite $(ARGS)

bench-payload: ## judging a message of 1 KB, beside two other validators and encoding/json
	@$(GO) test -run '^$$' -bench OneKilobyteMessage ./payload

bench-page: sdk ## the SDK in a page beside what a page does without it (ARGS=--short, --json, --only=judging)
	@cd jsdist && node bench/page.mjs $(filter-out --long,$(ARGS))

sabotage: build ## break one rule at a time and see the tests fail
	@$(GO) run ./hub/hubtest/sabotage

fuzz: ## fuzz every target for FUZZTIME (30s) each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz || true); do \
	    echo "== $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$pkg; \
	  done; done

deps: ## see that Go, Node.js, browsers and proxies are there; install them where we may
	@bash jsdist/test/browser/deps.sh
	@bash demo/deploy/deps.sh

clean: ## remove everything that was built or installed here
	@rm -rf bin jsdist/node_modules .build/pack data
	@find jsdist/dist hub/licenses/built -mindepth 1 ! -name NOT-BUILT.txt -delete
