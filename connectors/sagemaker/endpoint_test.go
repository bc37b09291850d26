package sagemaker

import (
	"os"
	"testing"
)

// TestRegionEndpoint: the hosts of the vendor's own resolver.
func TestRegionEndpoint(t *testing.T) {
	for _, x := range []struct {
		region     string
		fips, dual bool
		want       string
	}{
		{"eu-west-1", false, false, "api.sagemaker.eu-west-1.amazonaws.com"},
		{"us-east-1", true, false, "api-fips.sagemaker.us-east-1.amazonaws.com"},
		{"us-east-1", false, true, "api.sagemaker.us-east-1.api.aws"},
		{"us-east-1", true, true, "api.sagemaker-fips.us-east-1.api.aws"},
		{"us-gov-west-1", true, false, "api-fips.sagemaker.us-gov-west-1.amazonaws.com"},
		{"cn-north-1", false, false, "api.sagemaker.cn-north-1.amazonaws.com.cn"},
		{"cn-north-1", true, false, "api.sagemaker-fips.cn-north-1.amazonaws.com.cn"},
		{"cn-north-1", false, true, "api.sagemaker.cn-north-1.api.amazonwebservices.com.cn"},
		{"us-iso-east-1", false, false, "api.sagemaker.us-iso-east-1.c2s.ic.gov"},
		{"us-isob-east-1", false, false, "api.sagemaker.us-isob-east-1.sc2s.sgov.gov"},
		{"eusc-de-east-1", false, false, "api.sagemaker.eusc-de-east-1.amazonaws.eu"},
	} {
		if got := regionEndpoint(x.region, x.fips, x.dual); got != "https://"+x.want {
			t.Errorf("%+v: %s", x, got)
		}
	}
}

// TestEndpointOrder: the connectors file, then the environment, then the
// profile, then the region's.
func TestEndpointOrder(t *testing.T) {
	profile := "[default]\nservices = own\nendpoint_url = http://profile-all\n[services own]\nsagemaker =\n  endpoint_url = http://profile\n"
	for name, x := range map[string]struct {
		env               map[string]string
		profile, endpoint string
		want              string
	}{
		"region":                  {nil, "", "", "https://api.sagemaker.eu-west-1.amazonaws.com"},
		"FIPS":                    {map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, "", "", "https://api-fips.sagemaker.eu-west-1.amazonaws.com"},
		"FIPS of the profile":     {nil, "[default]\nuse_fips_endpoint = true\n", "", "https://api-fips.sagemaker.eu-west-1.amazonaws.com"},
		"dual stack":              {map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "", "", "https://api.sagemaker.eu-west-1.api.aws"},
		"profile, all services":   {nil, "[default]\nendpoint_url = http://profile-all\n", "", "http://profile-all"},
		"profile":                 {nil, profile, "", "http://profile"},
		"environment, all":        {map[string]string{"AWS_ENDPOINT_URL": "http://all"}, profile, "", "http://all"},
		"environment":             {map[string]string{"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_SAGEMAKER": "http://own"}, profile, "", "http://own"},
		"environment, ignored":    {map[string]string{"AWS_ENDPOINT_URL_SAGEMAKER": "http://own", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, profile, "", "https://api.sagemaker.eu-west-1.amazonaws.com"},
		"connectors file":         {map[string]string{"AWS_ENDPOINT_URL_SAGEMAKER": "http://own"}, profile, "http://file", "http://file"},
		"connectors file, no URL": {nil, "", "host:7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(x.profile), 0o600); err != nil {
				t.Fatal(err)
			}
			for k, v := range x.env {
				t.Setenv(k, v)
			}
			c, err := New(t.Context(), Options{Name: "sm", Region: "eu-west-1", Endpoint: x.endpoint})
			if (err != nil) != (x.want == "") || err == nil && c.api.endpoint != x.want {
				t.Errorf("%+v, %v; want %q", c, err, x.want)
			}
		})
	}
}

// TestRegionMustBeOne: it becomes part of a host's name.
func TestRegionMustBeOne(t *testing.T) {
	noEnvironment(t)
	for _, region := range []string{"", "eu west", "x.example/", "eu-west-1#"} {
		if _, err := New(t.Context(), Options{Name: "sm", Region: region}); err == nil {
			t.Errorf("%q is taken for a region", region)
		}
	}
	t.Setenv("AWS_REGION", "us-east-1")
	if c, err := New(t.Context(), Options{Name: "sm"}); err != nil || c.api.region != "us-east-1" {
		t.Errorf("AWS_REGION is not heeded: %v", err)
	}
}
