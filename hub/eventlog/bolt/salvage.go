package bolt

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt/journal"
)

// salvageAll gives put every sound entry of the file and the journals of the
// log at path, in order. It needs no tree of the file: records tell by
// themselves that they are whole and whose place they have. Sequences begin
// with the first one that is found and then have no gaps, as everywhere else.
func (s *Stats) salvageAll(put func(eventlog.Entry) error) error {
	f, err := os.Open(s.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	s.FileBytes = info.Size()
	p := &pageSalvage{file: f, found: make(map[uint64]recordAt)}
	if err := p.scan(info.Size()); err != nil {
		return err
	}
	inJournal, through, err := s.salvageJournals(p.found)
	if err != nil {
		return err
	}
	seqs := make([]uint64, 0, len(p.found)+len(inJournal))
	for seq := range p.found {
		seqs = append(seqs, seq)
	}
	for seq := range inJournal {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for i, seq := range seqs {
		e, waits := inJournal[seq]
		if !waits {
			if e, err = p.read(seq); err != nil {
				return err
			}
		}
		e.Seq = seqs[0] + uint64(i)
		s.count(e, len(eventlog.AppendRecord(nil, e)))
		if err := put(e); err != nil {
			return err
		}
	}
	if len(seqs) > 0 {
		last := max(through, seqs[len(seqs)-1])
		s.Damaged = int64(last-seqs[0]) + 1 - int64(len(seqs))
	}
	return nil
}

// salvageJournals returns what the journals hold and the file does not, and
// the last sequence that they know of.
func (s *Stats) salvageJournals(inFile map[uint64]recordAt) (map[uint64]eventlog.Entry, uint64, error) {
	contents, err := s.readJournals()
	if err != nil {
		return nil, 0, err
	}
	first := uint64(0)
	for seq := range inFile {
		if first == 0 || seq < first {
			first = seq
		}
	}
	through := uint64(0)
	for _, c := range contents {
		through = max(through, c.Through)
	}
	entries := make(map[uint64]eventlog.Entry)
	frames, _ := journal.Merge(0, contents...)
	for _, f := range frames {
		for i, record := range f.All {
			seq := f.First + uint64(i)
			if _, found := inFile[seq]; found || seq < first { // let go long ago
				continue
			}
			if e, err := eventlog.ParseRecord(seq, record); err == nil {
				entries[seq] = e
				s.InJournal++
			}
		}
	}
	return entries, through, nil
}

type recordAt struct {
	offset int64
	length int
}

type pageSalvage struct {
	file  *os.File
	found map[uint64]recordAt
}

// scan reads all pages in the order of the file. Pages that the list of free
// ones names hold what the retention has let go, or older copies.
func (p *pageSalvage) scan(size int64) error {
	pages, tx := p.meta()
	c := &pageCheck{file: p.file, size: pages, used: make([]bool, size/int64(pages))}
	free, err := c.free(tx)
	if err != nil {
		free = make([]bool, len(c.used))
	}
	for id := uint64(2); id < uint64(len(c.used)); id++ {
		if free[id] {
			continue
		}
		h, err := c.head(id)
		if err != nil {
			continue // what follows it may still be sound
		}
		if h.kind == kindLeaf {
			page := make([]byte, (int(h.more)+1)*pages)
			at := int64(id) * int64(pages)
			if _, err := p.file.ReadAt(page, at); err != nil {
				return fmt.Errorf("%s cannot be read: %w", p.file.Name(), err)
			}
			p.leaf(page, at)
		}
		if h.kind == kindLeaf || h.kind == kindBranch {
			id += uint64(h.more)
		}
	}
	return nil
}

// meta returns the size of pages and the newest transaction, as far as the
// first two pages tell.
func (p *pageSalvage) meta() (pages int, tx uint64) {
	const magic, metaMagic, metaPages = 0xED0CDAED, pageHead, pageHead + 8
	for _, size := range []int{os.Getpagesize(), 4096, 16384, 65536} {
		for n := range 2 {
			b := make([]byte, pageHead+64)
			if _, err := p.file.ReadAt(b, int64(n*size)); err != nil || binary.NativeEndian.Uint32(b[metaMagic:]) != magic || int(binary.NativeEndian.Uint32(b[metaPages:])) != size {
				continue
			}
			pages, tx = size, max(tx, binary.NativeEndian.Uint64(b[metaTx:]))
		}
		if pages > 0 {
			return pages, tx
		}
	}
	return os.Getpagesize(), 0
}

// leaf takes the sound records of a leaf; at is where it is in the file. A
// small bucket has its only leaf within the leaf that names it.
func (p *pageSalvage) leaf(page []byte, at int64) {
	count := int(parseHead(page).count)
	for i := 0; i < count; i++ {
		head := pageHead + i*elementLen
		if head+elementLen > len(page) {
			return
		}
		e := page[head:]
		key := uint64(head) + uint64(binary.NativeEndian.Uint32(e[4:]))
		value := key + uint64(binary.NativeEndian.Uint32(e[8:]))
		end := value + uint64(binary.NativeEndian.Uint32(e[12:]))
		if end > uint64(len(page)) {
			continue
		}
		const bucketHead = 16
		switch flags := binary.NativeEndian.Uint32(e); {
		case flags == 1 && end-value >= bucketHead+pageHead:
			p.leaf(page[value+bucketHead:end], at+int64(value)+bucketHead)
		case flags == 0 && value-key == 8:
			seq := binary.BigEndian.Uint64(page[key:])
			if _, err := eventlog.ParseRecord(seq, page[value:end]); err == nil {
				p.found[seq] = recordAt{at + int64(value), int(end - value)}
			}
		}
	}
}

func (p *pageSalvage) read(seq uint64) (eventlog.Entry, error) {
	r := p.found[seq]
	record := make([]byte, r.length)
	if _, err := p.file.ReadAt(record, r.offset); err != nil {
		return eventlog.Entry{}, fmt.Errorf("%s cannot be read: %w", p.file.Name(), err)
	}
	return eventlog.ParseRecord(seq, record)
}
