// What lib/wasm/wasm_exec.js of Go 1.26 is, in as few words as a browser needs.
// It is made from that file, whose license holds for it:
//
// Copyright 2018 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.
//
// What differs: globalThis is left alone, as Go finds the names in `lent`, and
// stand-ins for Node.js's fs, process and path, where it looks for them on its
// js.Global(); a program has neither arguments nor environment; and files give
// ENOSYS without being spelled out one by one.

/** Makes what runs one program. `write` takes what it prints: fd, bytes. */
export default (write, lent) => {
	const encoder = new TextEncoder();
	const decoder = new TextDecoder();
	const scheduled = new Map();
	let lastTimeout = 0;
	let exports, exited, mem;
	let values, counts, ids; // what Go holds on to, by id; how often; and the ids of it
	const free = []; // ids

	const enosys = () => Object.assign(Error("not implemented"), { code: "ENOSYS" });
	const otherwise = (own, value) => new Proxy(own, { get: (own, name) => own[name] ?? value });
	const none = () => -1;
	const globals = {
		fs: otherwise({
			constants: otherwise({}, -1),
			write: (fd, bytes, offset, length, position, callback) => {
				write(fd, bytes);
				callback(null, bytes.length);
			},
			fsync: (fd, callback) => callback(null),
		}, (...args) => args.pop()(enosys())),
		process: otherwise({ getuid: none, getgid: none, geteuid: none, getegid: none, pid: -1, ppid: -1 }, () => { throw enosys(); }),
		path: { resolve: (...segments) => segments.join("/") },
		...lent,
	};

	const setInt64 = (at, v) => {
		mem.setUint32(at, v, true);
		mem.setUint32(at + 4, Math.floor(v / 4294967296), true);
	};
	const getInt64 = (at) => mem.getUint32(at, true) + mem.getInt32(at + 4, true) * 4294967296;

	const load = (at) => {
		const f = mem.getFloat64(at, true);
		return f === 0 ? undefined : isNaN(f) ? values[mem.getUint32(at, true)] : f;
	};
	const nan = 0x7FF80000;
	const kinds = { object: 1, string: 2, symbol: 3, function: 4 };
	const store = (at, v) => {
		if (v === undefined) return mem.setFloat64(at, 0, true);
		if (typeof v === "number" && v !== 0) {
			if (!isNaN(v)) return mem.setFloat64(at, v, true);
			mem.setUint32(at + 4, nan, true);
			return mem.setUint32(at, 0, true);
		}
		let id = ids.get(v);
		if (id === undefined) {
			id = free.pop() ?? values.length;
			values[id] = v;
			counts[id] = 0;
			ids.set(v, id);
		}
		counts[id]++;
		mem.setUint32(at + 4, nan | (v !== null && kinds[typeof v]), true);
		mem.setUint32(at, id, true);
	};
	const slice = (at) => new Uint8Array(mem.buffer, getInt64(at), getInt64(at + 8));
	const string = (at) => decoder.decode(slice(at));
	const list = (at) => Array.from({ length: getInt64(at + 8) }, (_, i) => load(getInt64(at) + i * 8));

	// A call may enter Go again, which may move its stack.
	const stack = () => exports.getsp() >>> 0;
	const call = (at, run) => {
		let result, ok = 1;
		try {
			result = run();
		} catch (error) {
			result = error;
			ok = 0;
		}
		at += stack();
		store(at, result);
		mem.setUint8(at + 8, ok);
	};
	// Go may give anything for the one that is JavaScript's.
	const copy = (sp, from, to, given) => {
		const fits = given instanceof Uint8Array || given instanceof Uint8ClampedArray;
		if (fits) {
			const part = from.subarray(0, to.length);
			to.set(part);
			setInt64(sp + 40, part.length);
		}
		mem.setUint8(sp + 48, fits ? 1 : 0);
	};

	const go = {
		_pendingEvent: null,
		exit() {},
		_resume() {
			if (exited) throw Error("Go program has already exited");
			exports.resume();
		},
		_makeFuncWrapper: (id) => function () {
			const event = { id, this: this, args: arguments };
			go._pendingEvent = event;
			go._resume();
			return event.result;
		},
		async run(instance) {
			exports = instance.exports;
			mem = new DataView(exports.mem.buffer);
			values = [NaN, 0, null, true, false, globalThis, go];
			counts = values.map(() => Infinity);
			ids = new Map(values.map((value, id) => [value, id]));
			// The arguments: where "js" is, and the ends of arguments and environment.
			mem.setUint32(4096, 0x736a, true);
			mem.setUint32(4104, 4096, true);
			exports.run(1, 4104);
		},
		importObject: {
			gojs: {
				"runtime.wasmExit": (sp) => {
					exited = true;
					const code = mem.getInt32((sp >>> 0) + 8, true);
					values = counts = ids = undefined;
					go.exit(code);
				},
				"runtime.wasmWrite": (sp) => {
					sp >>>= 0;
					write(getInt64(sp + 8), new Uint8Array(mem.buffer, getInt64(sp + 16), mem.getInt32(sp + 24, true)));
				},
				"runtime.resetMemoryDataView": () => {
					mem = new DataView(exports.mem.buffer);
				},
				"runtime.nanotime1": (sp) => setInt64((sp >>> 0) + 8, (performance.timeOrigin + performance.now()) * 1000000),
				"runtime.walltime": (sp) => {
					sp >>>= 0;
					const ms = Date.now();
					setInt64(sp + 8, ms / 1000);
					mem.setInt32(sp + 16, (ms % 1000) * 1000000, true);
				},
				"runtime.scheduleTimeoutEvent": (sp) => {
					sp >>>= 0;
					const id = ++lastTimeout;
					scheduled.set(id, setTimeout(() => {
						// Go may fail to see it the first time: https://go.dev/issue/28975
						do go._resume(); while (scheduled.has(id));
					}, getInt64(sp + 8)));
					mem.setInt32(sp + 16, id, true);
				},
				"runtime.clearTimeoutEvent": (sp) => {
					const id = mem.getInt32((sp >>> 0) + 8, true);
					clearTimeout(scheduled.get(id));
					scheduled.delete(id);
				},
				"runtime.getRandomData": (sp) => crypto.getRandomValues(slice((sp >>> 0) + 8)),
				"syscall/js.finalizeRef": (sp) => {
					const id = mem.getUint32((sp >>> 0) + 8, true);
					if (--counts[id]) return;
					ids.delete(values[id]);
					values[id] = null;
					free.push(id);
				},
				"syscall/js.stringVal": (sp) => {
					sp >>>= 0;
					store(sp + 24, string(sp + 8));
				},
				"syscall/js.valueGet": (sp) => {
					sp >>>= 0;
					const of = load(sp + 8), name = string(sp + 16);
					const result = (of === globalThis && globals[name]) || Reflect.get(of, name);
					store(stack() + 32, result);
				},
				"syscall/js.valueSet": (sp) => {
					sp >>>= 0;
					Reflect.set(load(sp + 8), string(sp + 16), load(sp + 32));
				},
				"syscall/js.valueDelete": (sp) => {
					sp >>>= 0;
					Reflect.deleteProperty(load(sp + 8), string(sp + 16));
				},
				"syscall/js.valueIndex": (sp) => {
					sp >>>= 0;
					store(sp + 24, Reflect.get(load(sp + 8), getInt64(sp + 16)));
				},
				"syscall/js.valueSetIndex": (sp) => {
					sp >>>= 0;
					Reflect.set(load(sp + 8), getInt64(sp + 16), load(sp + 24));
				},
				"syscall/js.valueCall": (sp) => {
					sp >>>= 0;
					call(56, () => {
						const of = load(sp + 8);
						return Reflect.apply(Reflect.get(of, string(sp + 16)), of, list(sp + 32));
					});
				},
				"syscall/js.valueInvoke": (sp) => {
					sp >>>= 0;
					call(40, () => Reflect.apply(load(sp + 8), undefined, list(sp + 16)));
				},
				"syscall/js.valueNew": (sp) => {
					sp >>>= 0;
					call(40, () => Reflect.construct(load(sp + 8), list(sp + 16)));
				},
				"syscall/js.valueLength": (sp) => {
					sp >>>= 0;
					setInt64(sp + 16, parseInt(load(sp + 8).length));
				},
				"syscall/js.valuePrepareString": (sp) => {
					sp >>>= 0;
					const bytes = encoder.encode(String(load(sp + 8)));
					store(sp + 16, bytes);
					setInt64(sp + 24, bytes.length);
				},
				"syscall/js.valueLoadString": (sp) => {
					sp >>>= 0;
					slice(sp + 16).set(load(sp + 8));
				},
				"syscall/js.valueInstanceOf": (sp) => {
					sp >>>= 0;
					mem.setUint8(sp + 24, load(sp + 8) instanceof load(sp + 16) ? 1 : 0);
				},
				"syscall/js.copyBytesToGo": (sp) => {
					sp >>>= 0;
					copy(sp, load(sp + 32), slice(sp + 8), load(sp + 32));
				},
				"syscall/js.copyBytesToJS": (sp) => {
					sp >>>= 0;
					copy(sp, slice(sp + 16), load(sp + 8), load(sp + 8));
				},
				debug: (value) => console.log(value),
			},
		},
	};
	return go;
};
