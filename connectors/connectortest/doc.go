// Package connectortest holds the suite that every connector passes against a
// fake of its tool. The fakes (fakeairflow, fakesagemaker) speak the real wire
// formats, can be told to fail in the ways real tools do, and serve the demo.
package connectortest
