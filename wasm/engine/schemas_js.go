package engine

import "amalgam/payload"

// mxSchemas reads a document of schemas. It returns the number that the set has
// for mxOpen and mxJudge, and leaves the names of its events as the batch's
// text, a line each; or 0, with what is wrong as the text.
//
//go:wasmexport mx_schemas
func mxSchemas(document int32) (set int32) {
	s := serving
	s.batch.reset()
	defer func() {
		if v := recover(); v != nil {
			set, s.batch.text = 0, append(s.batch.text, "the SDK's module panicked: "+panicText(v)...)
		}
	}()
	read, err := payload.ParseSchema([]byte(s.string(0, document)))
	if err != nil {
		s.batch.text = append(s.batch.text, "The option schemas is a document that cannot be used: "+err.Error()...)
		return 0
	}
	for _, name := range read.Names() {
		s.batch.text = append(append(s.batch.text, name...), '\n')
	}
	s.sets = append(s.sets, read)
	return int32(len(s.sets) - 1)
}

// mxJudge judges a payload that has not been sent yet by a set, see mxOpen: it
// brings one event, without id and topic.
//
//go:wasmexport mx_judge
func mxJudge(set, name, data int32) int32 {
	s := serving
	s.batch.reset()
	s.batch.add(s.sets[set], s.buffer[:name], nil, nil, s.buffer[name:name+data])
	return 1
}
