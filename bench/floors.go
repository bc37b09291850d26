package main

// floor is what a row must keep, and where it should get to: on its ratio when
// there is a yardstick, else on its value.
type floor struct {
	floor, aim float64
	// most: a smaller figure is better.
	most, ratio bool
}

// floors are by the names of rows.
var floors = map[string]floor{
	"ingest.repeat":          {floor: 0.35, aim: 0.6, ratio: true},
	"ingest.growth":          {floor: 0.12, aim: 0.3, ratio: true},
	"ingest.repeat.100k":     {floor: 0.8, ratio: true},
	"ingest.repeat.1m":       {floor: 0.8, ratio: true},
	"ingest.repeat.neo4j":    {floor: 0.75, aim: 1, ratio: true},
	"project.repeat.neo4j":   {floor: 5_000, aim: 10_000},
	"project.growth.neo4j":   {floor: 0.5, aim: 0.8, ratio: true},
	"project.history":        {floor: 1.2, most: true, ratio: true},
	"closure.50k":            {floor: 5, aim: 3, most: true, ratio: true},
	"closure.50k.neo4j":      {floor: 1.3, aim: 1, most: true, ratio: true},
	"closure.50k.neo4j.asof": {floor: 3, aim: 1.5, most: true, ratio: true},
	"merge.hub100k":          {floor: 100, most: true},
	"lineage.300.p95":        {floor: 30, aim: 10, most: true},
	"fields.2000":            {floor: 100, aim: 30, most: true},
	"search.160k.p95":        {floor: 30, aim: 10, most: true},
	"start.1m":               {floor: 2_000, aim: 1_000, most: true},
	"rss.100k":               {floor: 600, aim: 400, most: true},
	"decide.cost.growth":     {floor: 1.2, most: true, ratio: true},
	"decide.cost.10k":        {floor: 2, most: true, ratio: true},
	"decide.cost.100k":       {floor: 2, most: true, ratio: true},
	"decide.load.p99":        {floor: 1_000, most: true},
	"decide.start":           {floor: 30, most: true},
	"simulate.30d":           {floor: 60, most: true},
}

// verdict is "aim", "met" or "missed".
func (f floor) verdict(r result) string {
	v := r.Value
	if f.ratio {
		v = r.Ratio
	}
	reaches := func(bound float64) bool {
		if f.most {
			return v <= bound
		}
		return v >= bound
	}
	switch {
	case f.aim != 0 && reaches(f.aim):
		return "aim"
	case reaches(f.floor):
		return "met"
	}
	return "missed"
}
