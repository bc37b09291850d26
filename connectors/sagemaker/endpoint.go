package sagemaker

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

var regionForm = regexp.MustCompile(`^[a-zA-Z0-9-]{1,63}$`)

// endpointOf is where the calls go: the endpoint of the connectors file, else
// the one that the environment or the profile names, else the region's.
func endpointOf(ctx context.Context, cfg aws.Config, configured string) (string, error) {
	if !regionForm.MatchString(cfg.Region) {
		return "", fmt.Errorf("region %q: want one such as eu-west-1", cfg.Region)
	}
	at := cmp.Or(configured, namedEndpoint(ctx, cfg))
	if at == "" {
		fips, dual := variants(ctx, cfg.ConfigSources)
		return regionEndpoint(cfg.Region, fips, dual), nil
	}
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("endpoint: want https://HOST") // it may hold a password
	}
	return at, nil
}

// namedEndpoint follows the vendor's order: this service's before all
// services', the environment's before the profile's, but a variable for all
// services before a profile's for this one.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func namedEndpoint(ctx context.Context, cfg aws.Config) string {
	if ignore, _, err := config.GetIgnoreConfiguredEndpoints(ctx, cfg.ConfigSources); ignore && err == nil {
		return ""
	}
	for _, source := range cfg.ConfigSources {
		s, ok := source.(interface {
			GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
		})
		if ok {
			if at, found, err := s.GetServiceBaseEndpoint(ctx, "SageMaker"); found && err == nil {
				return at
			}
		}
		if env, ok := source.(config.EnvConfig); ok && env.BaseEndpoint != "" {
			return env.BaseEndpoint
		}
	}
	return aws.ToString(cfg.BaseEndpoint)
}

// variants are the two switches of the environment or the profile that choose
// another host: AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT.
func variants(ctx context.Context, sources []any) (fips, dual bool) {
	fipsKnown, dualKnown := false, false
	for _, source := range sources {
		s, ok := source.(interface {
			GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
			GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error)
		})
		if !ok {
			continue
		}
		if state, found, err := s.GetUseFIPSEndpoint(ctx); found && err == nil && !fipsKnown {
			fips, fipsKnown = state == aws.FIPSEndpointStateEnabled, true
		}
		if state, found, err := s.GetUseDualStackEndpoint(ctx); found && err == nil && !dualKnown {
			dual, dualKnown = state == aws.DualStackEndpointStateEnabled, true
		}
	}
	return fips, dual
}

// partitions are the vendor's clouds by the beginning of a region's name, with
// the domain of their hosts and that of their dual-stack hosts.
var partitions = []struct{ prefix, domain, dual string }{
	{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
	{"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
	{"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
	{"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
	{"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	{"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
	{"", "amazonaws.com", "api.aws"},
}

// regionEndpoint is the service's own host.
// https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
func regionEndpoint(region string, fips, dual bool) string {
	for _, p := range partitions {
		if !strings.HasPrefix(region, p.prefix) {
			continue
		}
		host, domain := "api.sagemaker", p.domain
		switch {
		case fips && !dual && p.prefix == "":
			host = "api-fips.sagemaker"
		case fips:
			host = "api.sagemaker-fips"
		}
		if dual {
			domain = p.dual
		}
		return "https://" + host + "." + region + "." + domain
	}
	return "" // the last prefix fits all
}
