package build

// runtimePatches stub what the runtime of Go 1.26 holds for people who debug
// it, and what nobody can reach in a browser. The linker leaves out whatever
// only these functions needed.
var runtimePatches = []patch{
	// The execution tracer: without these answers, nothing calls it.
	// runtime/trace says that it is not there.
	{"traceruntime.go", []edit{
		{"func traceEnabled() bool {\n\treturn trace.enabled\n", "func traceEnabled() bool {\n\treturn false\n"},
		{"func traceAllocFreeEnabled() bool {\n\treturn trace.enabledWithAllocFree\n", "func traceAllocFreeEnabled() bool {\n\treturn false\n"},
		{"func traceShuttingDown() bool {\n\treturn trace.shutdown.Load()\n", "func traceShuttingDown() bool {\n\treturn false\n"},
		{"func (tl traceLocker) ok() bool {\n\treturn tl.gen != 0\n", "func (tl traceLocker) ok() bool {\n\treturn false\n"},
	}},
	{"trace.go", []edit{
		{"func StartTrace() error {\n", "func StartTrace() error { return errorString(\"tracing: this module was built without it\")\n"},
		{"func traceAdvance(stopTrace bool) {\n", "func traceAdvance(stopTrace bool) { return\n"},
		{"func ReadTrace() (buf []byte) {\n", "func ReadTrace() (buf []byte) { return nil\n"},
	}},
	{"traceevent.go", []edit{
		{
			"func (tl traceLocker) eventWriter(goStatus tracev2.GoStatus, procStatus tracev2.ProcStatus) traceEventWriter {\n",
			"func (tl traceLocker) eventWriter(goStatus tracev2.GoStatus, procStatus tracev2.ProcStatus) traceEventWriter { return traceEventWriter{}\n",
		},
		{
			"func (e traceEventWriter) event(ev tracev2.EventType, args ...traceArg) {\n",
			"func (e traceEventWriter) event(ev tracev2.EventType, args ...traceArg) { return\n",
		},
	}},
	{"tracecpu.go", []edit{
		{"func traceCPUSample(gp *g, mp *m, pp *p, stk []uintptr) {\n", "func traceCPUSample(gp *g, mp *m, pp *p, stk []uintptr) { return\n"},
	}},
	// print(1.5) and panic(1.5) show the bits: decimal digits need tables of
	// powers of ten. strconv and fmt are as they were.
	{"print.go", []edit{
		{"\tvar buf [float64Bytes]byte\n\tgwrite(strconv.AppendFloat(buf[:0], v, 'g', -1, 64))\n", "\tprintstring(\"float64 bits \")\n\tprinthex(float64bits(v))\n"},
		{"\tvar buf [float32Bytes]byte\n\tgwrite(strconv.AppendFloat(buf[:0], float64(v), 'g', -1, 32))\n", "\tprintstring(\"float32 bits \")\n\tprinthex(uint64(*(*uint32)(unsafe.Pointer(&v))))\n"},
		{"\tvar buf [complex128Bytes]byte\n\tgwrite(strconv.AppendComplex(buf[:0], c, 'g', -1, 128))\n", "\tprintfloat64(real(c))\n\tprintsp(); printfloat64(imag(c))\n"},
		{"\tvar buf [complex64Bytes]byte\n\tgwrite(strconv.AppendComplex(buf[:0], complex128(c), 'g', -1, 64))\n", "\tprintfloat32(real(c))\n\tprintsp(); printfloat32(imag(c))\n"},
	}},
	// What GODEBUG's gctrace, schedtrace, scavtrace and checkfinalizers print.
	{"mgc.go", []edit{
		{"if debug.gctrace > 0 {\n", "if false && debug.gctrace > 0 {\n"},
	}},
	{"mgcscavenge.go", []edit{
		{"func printScavTrace(releasedBg, releasedEager uintptr, forced bool) {\n", "func printScavTrace(releasedBg, releasedEager uintptr, forced bool) { return\n"},
	}},
	{"mcheckmark.go", []edit{
		{"func checkFinalizersAndCleanups() {\n", "func checkFinalizersAndCleanups() { return\n"},
	}},
	{"proc.go", []edit{
		{"func schedtrace(detailed bool) {\n", "func schedtrace(detailed bool) { return\n"},
	}},
	// The memory shown after the runtime has found the heap or a stack
	// destroyed. It still ends the program, and says why.
	{"hexdump.go", []edit{
		{
			"func hexdumpWords(p, len uintptr, mark func(uintptr, hexdumpMarker)) {\n",
			"func hexdumpWords(p, len uintptr, mark func(uintptr, hexdumpMarker)) { return\n",
		},
	}},
	{"mgcmark.go", []edit{
		{"func gcDumpObject(label string, obj, off uintptr) {\n", "func gcDumpObject(label string, obj, off uintptr) { return\n"},
	}},
	{"mgcsweep.go", []edit{
		{"func (s *mspan) reportZombies() {\n", "func (s *mspan) reportZombies() { throw(\"found pointer to free object\")\n"},
	}},
	// A check of the linker's work at every start.
	{"symtab.go", []edit{
		{"func moduledataverify1(datap *moduledata) {\n", "func moduledataverify1(datap *moduledata) { return\n"},
	}},
}
