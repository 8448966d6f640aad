package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/promql/parser"
)

// series is which labels each name of a series has, as Prometheus stores it.
type series map[string][]string

// stored turns a scrape into what Prometheus stores of it.
func stored(families map[string]*dto.MetricFamily) series {
	all := make(series)
	for name, f := range families {
		labels := []string{"job", "instance"} // which Prometheus adds
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName())
			}
		}
		if f.GetType() == dto.MetricType_HISTOGRAM {
			all[name+"_bucket"] = append([]string{"le"}, labels...)
			all[name+"_sum"], all[name+"_count"] = labels, labels
			continue
		}
		all[name] = labels
	}
	return all
}

// check holds a query in PromQL against the series that there are.
func (all series) check(expr string) error {
	e, err := parser.ParseExpr(expr)
	if err != nil {
		return err
	}
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			labels, ok := all[n.Name]
			if !ok {
				err = fmt.Errorf("no metric is named %s", n.Name)
				return nil
			}
			for _, m := range n.LabelMatchers {
				if m.Name != "__name__" && !slices.Contains(labels, m.Name) {
					err = fmt.Errorf("%s has no label %s", n.Name, m.Name)
				}
			}
		case *parser.AggregateExpr:
			for _, label := range n.Grouping {
				if missing := all.without(n.Expr, label); missing != "" {
					err = fmt.Errorf("%s has no label %s", missing, label)
				}
			}
		}
		return nil
	})
	return err
}

// without names a series in e that lacks a label.
func (all series) without(e parser.Expr, label string) (name string) {
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		if n, ok := node.(*parser.VectorSelector); ok && !slices.Contains(all[n.Name], label) {
			name = n.Name
		}
		return nil
	})
	return name
}

// grafana replaces its variables as Grafana does.
var grafana = strings.NewReplacer("$__rate_interval", "5m", "$job", "amalgam", "$instance", ".*")

func checkDashboard(t *testing.T, families map[string]*dto.MetricFamily) {
	var d struct {
		UID           string
		Title         string
		SchemaVersion int
		Templating    struct {
			List []struct{ Name, Type, Definition string }
		}
		Panels []struct {
			ID         int
			Type       string
			Title      string
			Datasource struct{ UID string }
			GridPos    struct{ H, W, X, Y int }
			Targets    []struct {
				Expr       string
				Datasource struct{ UID string }
			}
		}
	}
	readJSON(t, "demo/deploy/grafana/amalgam.json", &d)
	if d.UID != "amalgam-hub" || d.Title == "" || d.SchemaVersion < 36 {
		t.Errorf("uid %q, title %q, schemaVersion %d", d.UID, d.Title, d.SchemaVersion)
	}
	all := stored(families)
	if err := all.check("rate(amalgam_made_up_total[5m])"); err == nil {
		t.Fatal("a metric that is not there is not noticed")
	}
	used := make(map[string]bool)
	name := regexp.MustCompile(`\b(?:amalgam|mercure)_[a-z_]+?(?:_bucket|_sum|_count)?\b`)
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		metric, label, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(v.Definition, "label_values("), ")"), ", ")
		if i := strings.LastIndex(v.Definition, ", "); i >= 0 {
			metric, label = v.Definition[len("label_values("):i], strings.TrimSuffix(v.Definition[i+2:], ")")
		}
		if err := all.check(fmt.Sprintf("count by (%s) (%s)", label, grafana.Replace(metric))); err != nil {
			t.Errorf("the variable %s: %s: %v", v.Name, v.Definition, err)
		}
	}
	ids := make(map[int]bool)
	taken := make(map[[2]int]string) // places of the grid
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x > 23 {
					t.Fatalf("the panels %q and %q are on the same place, or beyond the edge", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q asks for nothing", p.Title)
		}
		for _, q := range p.Targets {
			if err := all.check(grafana.Replace(q.Expr)); err != nil {
				t.Errorf("the panel %q: %s: %v", p.Title, q.Expr, err)
			}
			if q.Datasource.UID != "${datasource}" || p.Datasource.UID != "${datasource}" {
				t.Errorf("the panel %q asks the source %q", p.Title, q.Datasource.UID)
			}
			for _, n := range name.FindAllString(q.Expr, -1) {
				used[strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(n, "_bucket"), "_sum"), "_count")] = true
			}
		}
	}
	for n := range families {
		if (strings.HasPrefix(n, "amalgam_") || strings.HasPrefix(n, "mercure_")) && !used[n] {
			t.Errorf("no panel shows %s", n)
		}
	}
}

func checkAlerts(t *testing.T, families map[string]*dto.MetricFamily) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	d := yaml.NewDecoder(strings.NewReader(read(t, "demo/deploy/prometheus/alerts.yml")), yaml.Strict())
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	all, n := stored(families), 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			n++
			if err := all.check(r.Expr); err != nil {
				t.Errorf("%s: %s: %v", r.Alert, r.Expr, err)
			}
			if r.Alert == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%+v lacks its name, severity or summary", r)
			}
		}
	}
	if n == 0 {
		t.Error("there are no alerts")
	}
}
