package eventlog

import (
	"errors"
	"reflect"
	"testing"

	"amalgam/hub/update"
)

var sample = &update.Update{Topics: []string{"https://example.com/1", "", "é"}, Type: "chat", ID: "urn:uuid:1", Data: "a\nb", Retry: "3000", Private: true}

func TestARecordComesBackWhole(t *testing.T) {
	got, err := ParseRecord(AppendRecord(nil, sample))
	if err != nil || !reflect.DeepEqual(got, sample) {
		t.Errorf("ParseRecord = %+v, %v, want %+v", got, err, sample)
	}
}

func TestEveryFlippedBitAndEveryTruncationIsFound(t *testing.T) {
	record := AppendRecord(nil, sample)
	for i := range record {
		for bit := range 8 {
			bad := append([]byte(nil), record...)
			bad[i] ^= 1 << bit
			if _, err := ParseRecord(bad); !errors.Is(err, ErrRecord) {
				t.Fatalf("bit %d of byte %d flipped: %v, want ErrRecord", bit, i, err)
			}
		}
		if _, err := ParseRecord(record[:i]); !errors.Is(err, ErrRecord) {
			t.Fatalf("cut to %d bytes: %v, want ErrRecord", i, err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(AppendRecord(nil, sample))
	f.Add([]byte{1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := ParseRecord(b)
		if err != nil {
			return
		}
		if again, err := ParseRecord(AppendRecord(nil, u)); err != nil || !reflect.DeepEqual(again, u) {
			t.Errorf("%+v came back as %+v, %v", u, again, err)
		}
	})
}
