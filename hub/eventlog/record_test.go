package eventlog

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"reflect"
	"testing"

	"amalgam/hub/update"
)

var sample = &update.Update{Topics: []string{"https://example.com/1", "", "é"}, Type: "chat", ID: "urn:uuid:1", Data: "a\nb", Retry: "3000", Private: true}

func TestARecordComesBackWhole(t *testing.T) {
	want := Entry{Seq: 9, Update: sample, Time: 1234}
	if got, err := ParseRecord(9, AppendRecord(nil, want)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ParseRecord = %+v, %v, want %+v", got, err, want)
	}
}

func TestARecordOfFormat1IsStillRead(t *testing.T) {
	// Written by the first version: private, one topic "t", id "i", data "d".
	old := []byte{1, 1, 1, 1, 't', 0, 1, 'i', 0, 1, 'd'}
	old = binary.BigEndian.AppendUint32(old, crc32.Checksum(old, castagnoli))
	want := Entry{Seq: 7, Update: &update.Update{Topics: []string{"t"}, ID: "i", Data: "d", Private: true}}
	if got, err := ParseRecord(7, old); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ParseRecord = %+v, %v, want %+v", got, err, want)
	}
}

func TestARecordOfFormat2IsStillRead(t *testing.T) {
	old := []byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 1, 't', 0, 1, 'i', 0, 1, 'd'}
	old = binary.BigEndian.AppendUint32(old, crc32.Checksum(old, castagnoli))
	want := Entry{Seq: 7, Update: &update.Update{Topics: []string{"t"}, ID: "i", Data: "d"}, Time: 5}
	if got, err := ParseRecord(7, old); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ParseRecord = %+v, %v, want %+v", got, err, want)
	}
}

func TestTheChecksumIsThatOfTheSequenceAndTheRecord(t *testing.T) {
	record := AppendRecord(nil, Entry{Seq: 1<<40 + 9, Update: sample})
	body := record[:len(record)-4]
	want := crc32.Checksum(append(binary.BigEndian.AppendUint64(nil, 1<<40+9), body...), castagnoli)
	if got := binary.BigEndian.Uint32(record[len(body):]); got != want {
		t.Errorf("checksum %x, want %x", got, want)
	}
}

func TestARecordInThePlaceOfAnotherIsFound(t *testing.T) {
	if got, err := ParseRecord(8, AppendRecord(nil, Entry{Seq: 9, Update: sample})); !errors.Is(err, ErrRecord) {
		t.Errorf("the record of 9 at 8 = %+v, %v, want ErrRecord", got, err)
	}
}

func TestEveryFlippedBitAndEveryTruncationIsFound(t *testing.T) {
	record := AppendRecord(nil, Entry{Seq: 9, Update: sample, Time: 1 << 40})
	for i := range record {
		for bit := range 8 {
			bad := append([]byte(nil), record...)
			bad[i] ^= 1 << bit
			if _, err := ParseRecord(9, bad); !errors.Is(err, ErrRecord) {
				t.Fatalf("bit %d of byte %d flipped: %v, want ErrRecord", bit, i, err)
			}
		}
		if _, err := ParseRecord(9, record[:i]); !errors.Is(err, ErrRecord) {
			t.Fatalf("cut to %d bytes: %v, want ErrRecord", i, err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(uint64(7), AppendRecord(nil, Entry{Seq: 7, Update: sample, Time: 7}))
	f.Add(uint64(1), []byte{1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, seq uint64, b []byte) {
		e, err := ParseRecord(seq, b)
		if err != nil {
			return
		}
		if again, err := ParseRecord(seq, AppendRecord(nil, e)); err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("%+v came back as %+v, %v", e, again, err)
		}
	})
}

func BenchmarkAppendRecord(b *testing.B) {
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = AppendRecord(buf[:0], Entry{Seq: 1, Update: sample, Time: 1})
	}
}

func BenchmarkParseRecord(b *testing.B) {
	b.ReportAllocs()
	record := AppendRecord(nil, Entry{Seq: 1, Update: sample, Time: 1})
	for b.Loop() {
		if _, err := ParseRecord(1, record); err != nil {
			b.Fatal(err)
		}
	}
}
