package demo

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/weirhq/weir/connectors/airflow"
	"github.com/weirhq/weir/connectors/connectortest/fakeairflow"
	"github.com/weirhq/weir/connectors/connectortest/fakesagemaker"
)

// newAirflow is the shop's Airflow. What a DAG run does is played by RunTools.
func newAirflow(started chan<- fakeairflow.Run, c *company) *fakeairflow.Fake {
	var dags []string
	for name, j := range c.jobs {
		if j.unit == "DAG" {
			dags = append(dags, name)
		}
	}
	return fakeairflow.New(fakeairflow.Options{DAGs: dags, Username: "demo", Password: password, OnStart: func(r fakeairflow.Run) { started <- r }})
}

// newSageMaker is the shop's SageMaker: it trains for some seconds and sends no
// events; weir's connector looks at it.
func newSageMaker(pace float64) *fakesagemaker.Fake {
	return fakesagemaker.New(fakesagemaker.Options{Pipelines: map[string]fakesagemaker.Pipeline{
		"churn-training": {
			Steps:  []fakesagemaker.Step{{Name: "train", Type: "Training", Takes: scale(7*time.Second, pace)}, {Name: "register", Type: "RegisterModel", Takes: scale(2*time.Second, pace)}},
			Inputs: []string{lake + "/features/customers", lake + "/sessions"},
			Group:  "churn",
		},
	}})
}

func scale(d time.Duration, pace float64) time.Duration {
	return max(time.Duration(float64(d)*pace), time.Millisecond)
}

// AirflowHandler and SageMakerHandler are to be served on loopback.
func (s *Story) AirflowHandler() http.Handler { return s.airflow.Handler() }

// SageMakerHandler speaks SageMaker's protocol.
func (s *Story) SageMakerHandler() http.Handler { return s.sagemaker.Handler() }

// RunTools plays the DAG runs that were started over Airflow's API, until ctx
// ends.
func (s *Story) RunTools(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-s.started:
			if err := s.playStarted(ctx, r); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// playStarted runs a DAG as Airflow would: its OpenLineage run id is made of the
// time it was asked to run after.
func (s *Story) playStarted(ctx context.Context, r fakeairflow.Run) error {
	now := s.now()
	dag := &run{job: r.DAGID, id: airflow.RunID(airflowNS, r.DAGID, r.RunAfter.UTC().Truncate(time.Microsecond), "0"), start: now, external: r.RunID}
	s.airflow.Finish(r.DAGID, r.RunID, "running")
	if err := s.send(ctx, s.company.event("START", now, dag)); err != nil {
		return err
	}
	for _, st := range s.company.order {
		if st.parent != r.DAGID || !strings.HasPrefix(st.job, r.DAGID+".") {
			continue
		}
		if err := s.play(ctx, st.job, dag, 2*time.Second); err != nil {
			return err
		}
	}
	if err := s.send(ctx, s.company.event("COMPLETE", s.now(), dag)); err != nil {
		return err
	}
	s.airflow.Finish(r.DAGID, r.RunID, "success")
	return nil
}

// play runs one job now: START, some time, COMPLETE.
func (s *Story) play(ctx context.Context, job string, parent *run, takes time.Duration) error {
	now := s.now()
	r := &run{job: job, id: runID(job, now), start: now, parent: parent}
	if err := s.send(ctx, s.company.event("START", now, r)); err != nil {
		return err
	}
	if err := s.pause(ctx, takes); err != nil {
		return err
	}
	return s.send(ctx, s.company.event("COMPLETE", s.now(), r))
}
