package bench

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	hundred := make([]int64, 100)
	for i := range hundred {
		hundred[i] = int64(100 - i)
	}
	tests := []struct {
		name   string
		values []int64
		p      float64
		want   int64
	}{
		{"none", nil, 0.5, 0},
		{"one", []int64{7}, 0.99, 7},
		{"the median of two is the lower", []int64{2, 1}, 0.5, 1},
		{"p50 of a hundred", hundred, 0.50, 50},
		{"p99 of a hundred", hundred, 0.99, 99},
		{"p100", hundred, 1, 100},
		{"p0", hundred, 0, 1},
	}
	for _, test := range tests {
		if got := Percentile(test.values, test.p); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestMedianLeavesItsArgumentAlone(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		first := append([]float64(nil), test.values...)
		if got := Median(test.values); got != test.want {
			t.Errorf("the median of %v is %v, want %v", first, got, test.want)
		}
		for i := range first {
			if first[i] != test.values[i] {
				t.Fatalf("%v became %v", first, test.values)
			}
		}
	}
}

func TestStatIsReadBehindTheCommand(t *testing.T) {
	const rest = " S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15\n"
	tests := []struct {
		name, in string
		want     time.Duration
		fails    bool
	}{
		{"a plain command", "42 (amalgam)" + rest, 3 * time.Second, false},
		{"a command with a space and a parenthesis", "42 (a) b (c)" + rest, 3 * time.Second, false},
		{"no command", "42 amalgam S 1", 0, true},
		{"cut short", "42 (amalgam) S 1 2 3", 0, true},
		{"no number", "42 (amalgam) S 1 2 3 4 5 6 7 8 9 10 x 50 13", 0, true},
	}
	for _, test := range tests {
		got, err := parseStat([]byte(test.in))
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
}

func TestRollupGivesRssAndPss(t *testing.T) {
	rss, pss, err := parseRollup([]byte("00-ff ---p 00000000 00:00 0   [rollup]\nRss:    2048 kB\nPss:    1024 kB\nPss_Anon: 7 kB\n"))
	if err != nil || rss != 2<<20 || pss != 1<<20 {
		t.Errorf("rss %d, pss %d, %v", rss, pss, err)
	}
	if _, _, err := parseRollup([]byte("Rss: 1 kB\n")); err == nil {
		t.Error("a rollup without Pss is taken")
	}
}

func TestKeysComeFromAFileOrTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("BENCH_TEST_KEY", "from the environment")
	tests := []struct {
		name, file, want string
		fails            bool
	}{
		{"the environment", "", "from the environment", false},
		{"a file goes first, without its line end", write("a", "secret \r\n"), "secret ", false},
		{"an empty file", write("b", "\n"), "", true},
		{"no such file", filepath.Join(dir, "none"), "", true},
	}
	for _, test := range tests {
		got, err := ReadKey(test.file, "BENCH_TEST_KEY")
		if string(got) != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

func TestPaceIsAWordOrANumber(t *testing.T) {
	tests := []struct {
		in    string
		want  Pace
		fails bool
	}{
		{"lockstep", Pace{Lockstep: true}, false},
		{"max", Pace{}, false},
		{"200", Pace{Rate: 200}, false},
		{"0", Pace{}, true},
		{"-1", Pace{}, true},
		{"NaN", Pace{}, true},
		{"fast", Pace{}, true},
	}
	for _, test := range tests {
		got, err := ParsePace(test.in)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%q: %+v, %v", test.in, got, err)
		}
		if err == nil && got.String() != test.in {
			t.Errorf("%q prints as %q", test.in, got)
		}
	}
}
