package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// A page of bbolt begins with its own number (8 bytes), its kind, how many
// elements it has (2 bytes each), and how many pages follow that belong to it
// (4 bytes), in the byte order of the machine. An element of a branch is where
// its key lies, counted from the element, the key's length (4 bytes each), and
// the number of the page below; one of a leaf is its flags, where its key
// lies, the lengths of key and value (4 bytes each). A value follows its key.
const (
	pageHead   = 16
	elementLen = 16
	kindBranch = 1
	kindLeaf   = 2

	// Of a meta page: the number of the freelist's page, of the transaction.
	metaFreelist = pageHead + 32
	metaTx       = pageHead + 48
)

// checkPages holds the branches of the file's trees against the list of free
// pages and the size of the file. bbolt has no checksums: behind a damaged
// branch it would miss records without a word, turn in a circle, or write new
// records over old ones. Leaves are not read, unless more pages follow them:
// what is damaged in them shows in the records and their sequences. So it
// costs one page in some hundred.
func checkPages(db *bbolt.DB, f *os.File) error {
	return view(db, func(tx *bbolt.Tx) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return fmt.Errorf("%w: it has %d bytes, and had %d", errFile, info.Size(), tx.Size())
		}
		size := db.Info().PageSize
		c := &pageCheck{file: f, size: size, used: make([]bool, tx.Size()/int64(size))}
		if err := c.tree(uint64(tx.Cursor().Bucket().Root()), nil, nil); err != nil {
			return err
		}
		err = tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if b == nil {
				return fmt.Errorf("%w: %q is no bucket", errFile, name)
			}
			if b.Root() == 0 {
				return nil // within the page of the bucket
			}
			return c.tree(uint64(b.Root()), nil, nil)
		})
		if err != nil {
			return err
		}
		return c.account(uint64(tx.ID()))
	})
}

type pageCheck struct {
	file *os.File
	size int
	used []bool // by a tree
}

type head struct {
	id          uint64
	kind, count uint16
	more        uint32 // pages that belong to it
}

func (c *pageCheck) damaged(id uint64, what string) error {
	return fmt.Errorf("%w: page %d: %s", errFile, id, what)
}

func parseHead(b []byte) head {
	return head{binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint16(b[8:]), binary.NativeEndian.Uint16(b[10:]), binary.NativeEndian.Uint32(b[12:])}
}

func (c *pageCheck) head(id uint64) (head, error) {
	if id < 2 || id >= uint64(len(c.used)) {
		return head{}, c.damaged(id, "it is not in the file")
	}
	b := make([]byte, pageHead)
	if _, err := c.file.ReadAt(b, int64(id)*int64(c.size)); err != nil {
		return head{}, err
	}
	h := parseHead(b)
	if h.id != id || uint64(h.more) >= uint64(len(c.used))-id {
		return head{}, c.damaged(id, "its head is wrong")
	}
	return h, nil
}

// take marks a page as used by a tree.
func (c *pageCheck) take(id uint64) error {
	if id < 2 || id >= uint64(len(c.used)) || c.used[id] {
		return c.damaged(id, "it is used twice, or not in the file")
	}
	c.used[id] = true
	return nil
}

// tree checks the tree below a page whose keys lie from low to before high;
// nil is no bound.
func (c *pageCheck) tree(id uint64, low, high []byte) error {
	if err := c.take(id); err != nil {
		return err
	}
	h, err := c.head(id)
	switch {
	case err != nil:
		return err
	case h.kind == kindLeaf:
		return nil
	case h.kind != kindBranch:
		return c.damaged(id, "it is neither branch nor leaf")
	}
	keys, below, err := c.branch(id, h)
	if err != nil {
		return err
	}
	if low != nil && bytes.Compare(keys[0], low) < 0 || high != nil && bytes.Compare(keys[len(keys)-1], high) >= 0 {
		return c.damaged(id, "its keys are not those of the one above")
	}
	// All pages below a branch are of one kind, so most need no look.
	first, err := c.head(below[0])
	if err != nil {
		return err
	}
	for i, child := range below {
		next := high
		if i+1 < len(keys) {
			next = keys[i+1]
		}
		if first.kind == kindLeaf {
			err = c.take(child)
		} else {
			err = c.tree(child, keys[i], next)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// branch returns the keys of a branch and the pages below them.
func (c *pageCheck) branch(id uint64, h head) (keys [][]byte, below []uint64, err error) {
	page := make([]byte, (int(h.more)+1)*c.size)
	if _, err := c.file.ReadAt(page, int64(id)*int64(c.size)); err != nil {
		return nil, nil, err
	}
	end := pageHead + int(h.count)*elementLen
	if h.count == 0 || end > len(page) {
		return nil, nil, c.damaged(id, "its head is wrong")
	}
	for at := pageHead; at < end; at += elementLen {
		from := uint64(at) + uint64(binary.NativeEndian.Uint32(page[at:]))
		to := from + uint64(binary.NativeEndian.Uint32(page[at+4:]))
		if from < uint64(end) || to > uint64(len(page)) {
			return nil, nil, c.damaged(id, "a key is not within it")
		}
		key := page[from:to]
		if len(keys) > 0 && bytes.Compare(keys[len(keys)-1], key) >= 0 {
			return nil, nil, c.damaged(id, "its keys are not in order")
		}
		keys, below = append(keys, key), append(below, binary.NativeEndian.Uint64(page[at+8:]))
	}
	return keys, below, nil
}

// free returns which pages are on the list of free ones, as the transaction tx
// left it; the pages of the list itself count as used.
func (c *pageCheck) free(tx uint64) ([]bool, error) {
	var list uint64
	for meta := range int64(2) {
		b := make([]byte, pageHead+64)
		if _, err := c.file.ReadAt(b, meta*int64(c.size)); err != nil {
			return nil, err
		}
		if binary.NativeEndian.Uint64(b[metaTx:]) == tx {
			list = binary.NativeEndian.Uint64(b[metaFreelist:])
		}
	}
	if err := c.take(list); err != nil {
		return nil, err
	}
	h, err := c.head(list)
	if err != nil {
		return nil, err
	}
	page := make([]byte, (int(h.more)+1)*c.size)
	if _, err := c.file.ReadAt(page, int64(list)*int64(c.size)); err != nil {
		return nil, err
	}
	ids, count := page[pageHead:], uint64(h.count)
	if count == 0xffff { // then the first is the count
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return nil, c.damaged(list, "the list of free pages is longer than its page")
	}
	free := make([]bool, len(c.used))
	for i := range count {
		id := binary.NativeEndian.Uint64(ids[8*i:])
		if id < 2 || id >= uint64(len(free)) || free[id] || c.used[id] {
			return nil, c.damaged(list, fmt.Sprintf("it lists page %d as free, which is not", id))
		}
		free[id] = true
	}
	return free, nil
}

// account sees that each page is in use, free, or belongs to one before it
// that is in use.
func (c *pageCheck) account(tx uint64) error {
	free, err := c.free(tx)
	if err != nil {
		return err
	}
	for id := uint64(2); id < uint64(len(c.used)); id++ {
		if free[id] {
			continue
		}
		if !c.used[id] {
			return c.damaged(id, "it is neither in use nor free")
		}
		// The pages up to the next that is known must be those that follow it.
		next := id + 1
		for next < uint64(len(c.used)) && !free[next] && !c.used[next] {
			next++
		}
		if next == id+1 {
			continue
		}
		h, err := c.head(id)
		if err != nil {
			return err
		}
		if uint64(h.more) != next-id-1 {
			return c.damaged(id, fmt.Sprintf("%d pages follow it, not %d", next-id-1, h.more))
		}
		id = next - 1
	}
	return nil
}
