package tracing

// A Variable is one of the environment that has a say in traces.
type Variable struct {
	Name string
	// Own says that there is one for traces alone, which comes first: with
	// TRACES_ after OTEL_EXPORTER_OTLP_.
	Own bool
	Doc string
}

// Variables lists those that are understood (OpenTelemetry Environment Variable
// Specification). One with a value that is not understood stops the start.
var Variables = []Variable{
	{prefix + "ENDPOINT", true, "The collector's URL, such as http://collector:4318, for OTLP over HTTP; /v1/traces is added, but not to the one for traces alone. Without it nothing is recorded, and the others are not looked at."},
	{prefix + "PROTOCOL", true, "http/protobuf, the only one that is spoken."},
	{prefix + "HEADERS", true, "What to send with each request: name=value, several with commas between them, values percent-encoded."},
	{prefix + "TIMEOUT", true, "How long an export may take with its repetitions, in milliseconds. Default: 10000."},
	{prefix + "COMPRESSION", true, "gzip or none. Default: none."},
	{prefix + "CERTIFICATE", true, "A file, in PEM, with the certificates that the collector is known by, if not by those of the system."},
	{prefix + "CLIENT_CERTIFICATE", true, "A file, in PEM, with the certificate that the collector knows the hub by."},
	{prefix + "CLIENT_KEY", true, "A file, in PEM, with the key of that certificate."},
	{"OTEL_TRACES_EXPORTER", false, "otlp, or none for no traces."},
	{"OTEL_SDK_DISABLED", false, "true for no traces."},
	{"OTEL_SERVICE_NAME", false, "What the hub is called in traces. Default: amalgam."},
	{"OTEL_RESOURCE_ATTRIBUTES", false, "What else is said of it: name=value, several with commas between them."},
	{"OTEL_TRACES_SAMPLER", false, "Which requests are recorded: always_on, always_off, traceidratio, or one of these after parentbased_, which does as the caller does. Default: parentbased_always_on."},
	{"OTEL_TRACES_SAMPLER_ARG", false, "The part that traceidratio keeps, from 0 to 1."},
	{"OTEL_PROPAGATORS", false, "tracecontext, or none to leave traceparent unread. Default: tracecontext."},
	{"OTEL_BSP_SCHEDULE_DELAY", false, "How often spans are sent, in milliseconds. Default: 5000."},
	{"OTEL_BSP_EXPORT_TIMEOUT", false, "How long one sending of spans may take, in milliseconds. Default: 30000."},
	{"OTEL_BSP_MAX_QUEUE_SIZE", false, "How many spans wait at most; others are lost. Default: 2048."},
	{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", false, "How many spans are sent at once. Default: 512."},
}
