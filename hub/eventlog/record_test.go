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
	got, at, err := ParseRecord(AppendRecord(nil, sample, 1234))
	if err != nil || at != 1234 || !reflect.DeepEqual(got, sample) {
		t.Errorf("ParseRecord = %+v, %d, %v, want %+v, 1234", got, at, err, sample)
	}
}

func TestARecordOfFormat1IsStillRead(t *testing.T) {
	// Written by the first version: private, one topic "t", id "i", data "d".
	old := []byte{1, 1, 1, 1, 't', 0, 1, 'i', 0, 1, 'd'}
	old = binary.BigEndian.AppendUint32(old, crc32.Checksum(old, castagnoli))
	got, at, err := ParseRecord(old)
	want := &update.Update{Topics: []string{"t"}, ID: "i", Data: "d", Private: true}
	if err != nil || at != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("ParseRecord = %+v, %d, %v, want %+v, 0", got, at, err, want)
	}
}

func TestEveryFlippedBitAndEveryTruncationIsFound(t *testing.T) {
	record := AppendRecord(nil, sample, 1<<40)
	for i := range record {
		for bit := range 8 {
			bad := append([]byte(nil), record...)
			bad[i] ^= 1 << bit
			if _, _, err := ParseRecord(bad); !errors.Is(err, ErrRecord) {
				t.Fatalf("bit %d of byte %d flipped: %v, want ErrRecord", bit, i, err)
			}
		}
		if _, _, err := ParseRecord(record[:i]); !errors.Is(err, ErrRecord) {
			t.Fatalf("cut to %d bytes: %v, want ErrRecord", i, err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(AppendRecord(nil, sample, 7))
	f.Add([]byte{1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		u, at, err := ParseRecord(b)
		if err != nil {
			return
		}
		if again, when, err := ParseRecord(AppendRecord(nil, u, at)); err != nil || when != at || !reflect.DeepEqual(again, u) {
			t.Errorf("%+v came back as %+v, %v", u, again, err)
		}
	})
}
