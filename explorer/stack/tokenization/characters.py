"""Classes of characters as Hugging Face's tokenizers has them, whatever Unicode version Python brings.

A vocabulary was made by one library, whose tables are of one time: a mark that is newer is no mark to it, and stays on
its letter. Python's `unicodedata` is of the Unicode version that the interpreter was built with, from 14 (3.11) on; its
decompositions never change for a character that there was, so that it is enough to know which ones tokenizers knows.

The tables are what tokenizers 0.23 does with each code point by itself; a test asks it for all of them again. They are
written as runs, in base 36: how many code points lie between two runs, and after a point how many more than one a run
holds.

>>> [(begin, end) for begin, end in ranges("5 1.2")]  # 5; one is left out; 7 to 9
[(5, 5), (7, 9)]
>>> chr(0x301) in NONSPACING, chr(0x903) in NONSPACING, chr(0x903) in MARKS, chr(0x378) in OTHER
(True, False, True, False)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator


class Runs:
    """A set of characters, kept as runs of code points."""

    def __init__(self, runs: list[tuple[int, int]]) -> None:
        self._runs = runs
        self._begins = [begin for begin, _ in runs]

    def __contains__(self, character: str) -> bool:
        at = bisect_right(self._begins, ord(character)) - 1
        return at >= 0 and ord(character) <= self._runs[at][1]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._runs)

    @property
    def pattern(self) -> str:
        """For the inside of a regular expression's class."""
        return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in self._runs)


def ranges(packed: str) -> Runs:
    """The set that a table of this module says."""
    runs: list[tuple[int, int]] = []
    at = 0
    for each in packed.split():
        gap, _, more = each.partition(".")
        begin = at + int(gap, 36)
        end = begin + int(more or "0", 36)
        runs.append((begin, end))
        at = end + 1
    return Runs(runs)


NONSPACING = ranges(
    "lc.1r 2 2.16 7n.4 7d.18 1 1.1 1.1 1 20.a 1c.k g 2t.6 2.5 2.1 1.3 z u.q 2j.a 1m.8 y.3 1.8 1.2 1.4 17.2 3r.v 1j "
    "1 4.7 4 3.6 a.1 t 1m 4.3 8 k.1 t.1 1l 4.1 4.1 2.2 3 u.1 3 b.1 1l 4.4 1.1 4 k.1 t 1m 2 1.3 8 8 b.1 u 1p c 1e "
    "1p.2 5.1 2.3 7.1 b.1 t 1m 2 6 5.1 k.1 t 1r.3 8 k.1 2u 7.2 1 2i 2.6 c.7 2q 2.5 1.1 b.5 22.1 r 1 1 1j.1 1 2 1.5 "
    "1 1.2 1.1 5.5 1.3 1.3 1.3 1.3 1.3 1.b 1.2 9 2u.3 1.5 1.1 2.1 p.1 4.2 g.3 d 2.1 6 f jj.2 qa.2 t.2 t.1 u.1 1s.1 "
    "1.6 8 2.a 9 19.2 4b 3a.2 4.1 9 6.2 63.1 2 1m 1.6 1 1 2.7 6.9 2 1c.d 1u.3 1c 1.4 1 5 14.8 c.1 w.3 2.1 1.2 1k "
    "1.1 3 1.2 1m.7 2.1 48.2 1.c 1.6 4 6 3.1 5i.1h 6.3 k0.c 4 3.b 2da.2 3x 2o.v fe.3 2z.1 n9w 4.9 w.1 28.1 7k 3 4 "
    "p.1 4d r.h 1g.7 p.a 1a.2 1c 2.3 2 14 1v.5 2.1 2.1 c 8 1b 1f 1.2 2.1 5.1 1 16.1 8 6m 2 4 fn4 kh.f g.f r1 6a "
    "45.4 1ae.2 1.1 5.3 14.2 4 4l.1 10a 1i.e 1k.2 1d.3 2.1 1x.2 10.4 1 2.4 1q c.1 1g.8 b.2 2q.2 2 1.1 4n 3.7 l.1 1m "
    "3 11.6 3.4 8u.5 1 4.1 1.1 6m.3 6.1 1.1 r.1 2d.7 2 1.1 2y 1 2.5 1 2t.2 2.3 1.4 gjo.4 1n.6 uw.3 f7u.1 43s.2 h.7 "
    "2.6 u.3 44.2 1iz.1i 4.1d 8 e m.4 1.e 2sg.6 gzl5.6n"
)
"""Category Mn: what BERT takes off letters."""

MARKS = ranges(
    "lc.33 7n.6 7b.18 1 1.1 1.1 1 20.a 1c.k g 2t.6 2.5 2.1 1.3 z u.q 2j.a 1m.8 y.3 1.8 1.2 1.4 17.2 3c.d 1.w 1i.2 "
    "1.h 1.6 a.1 t.2 1k 1.6 2.1 2.2 9 a.1 t.2 1k 1.4 4.1 2.2 3 u.1 3 b.2 1k 1.7 1.2 1.2 k.1 t.2 1k 1.6 2.1 2.2 8.1 "
    "a.1 u 1n.4 3.2 1.3 9 14.3 1m.6 1.2 1.3 7.1 b.1 t.2 1k 1.6 1.2 1.3 7.1 b.1 t.2 1m.6 1.2 1.3 9 a.1 u.1 1y 4.5 1 "
    "1.7 i.1 1p 2.6 c.7 2q 2.5 1.1 b.5 22.1 r 1 1 4.1 1d.j 1.1 5.a 1.z 9 2s.j n.3 4.2 1.2 2.6 3.3 d.b 1 a.3 jj.2 "
    "qa.2 t.2 t.1 u.1 1s.v 9 19.2 3b.1 y 3a.b 4.b 63.4 1l.9 1.s 2 1c.e 1t.4 1b.g 12.8 c.2 u.c 1k.d 1c.j 48.2 1.k 4 "
    "4.2 3.1 5i.1h 5.4 k0.w 2da.2 3x 2o.v fe.5 2x.1 n9w.3 1.9 w.1 28.1 7k 3 4 n.4 2g.1 1e.h q.h 1g.7 p.c 18.3 1b.d "
    "10 1v.d c 8.1 19.2 1e 1.2 2.1 5.1 1 15.4 5.1 6k.7 1.1 fn4 kh.f g.f r1 6a 45.4 1ae.2 1.1 5.3 14.2 4 4l.1 109.2 "
    "1h.e 1k.3 19.a 1x.2 10.d 1q c.2 1c.d 9.2 2n.b 6 4g.b l.3 1k 1.6 2.1 2.2 9 a.1 2.6 3.4 5c.h 2x.j 6j.6 2.8 r.1 "
    "2a.g 2y.c 2t.e zn.7 1.7 2a.l 1.d fg9.4 1n.6 t6.19 g.3 f7u.1 43q.4 3.5 8.7 2.6 u.3 44.2 1iz.1i 4.1d 8 e m.4 1.e "
    "11s.6 1.g 2.6 1.1 1.4 1ph.6 31.6 gzhx.6n"
)
"""Categories Mn, Mc and Me."""

OTHER = ranges(
    "1.7 2.1 1.h 2n.w d 11u.5 m 5c 1d 3cu 1ks.4 q.4 1d.4 1.9 11u8.4xr 16n 6x.2 3b5 xya.3 43z.7 h406 u.2n 1egw.1ekd "
    "2.1ekd"
)
"""Categories Cc, Cf and Co, which BERT takes out of a text. Code points that stand for nothing stay."""

PUNCTUATION = ranges(
    "4h 5 3 a.1 3 3 ji 8 cy.5 15.1 1f 1 2 2 18.1 k.1 1.1 d 2.1 22.3 2u 17.d 6h.2 1i.e v 79.1 a an lf 2i a.1 4o.e 1 "
    "11.3 1z 22.4 4.1 33.5 4r h0.8 47 h8.1 18.1 26.2 1z.1 4d.2 1.2 11.a 8p.1 60.1 3k.6 1.5 4s.6 4b.3 1n.4 1q.1 1s.7 "
    "b n0.n 8.j 1.c 1.b u.1 e.1 hl.3 t.1 u5.d 27.1 v.9 b7.l 1r.3 w.1 l7.3 1.1 34 3z.1a 1.i ce.2 4.9 2.b g c 2q 2i "
    "mwy.1 7h.2 2r a 37.5 ak.3 2e.1 14.2 1 1d.1 1b 2p.c g.1 3g.3 3i.1 g.1 6x g2a.1 5s.9 m.y 1.d 1 4 1.1 45.2 1.5 "
    "1.3 a.1 3.1 q.2 1 r 1 1.6 be.2 ik 1c bi kn 5j v 7k.8 12 34.6 1u.6 2h.3 x6.6 31.1 1.3 3i.3 1c.1 27.4 3 d 1.2 "
    "2g.5 2z f0 6y.m 2x.2 6w.2 2lt.4 dtl.1 3p 1t.4 8 g2i 5wn.4"
)
"""Categories P, past ASCII."""

NFD = ranges(
    "5c.5 1.8 1.5 2.4 2.5 1.8 1.5 2.4 1.g 2.j 2.8 3.3 1.5 4.5 3.5 2.h 2.m x.1 d.1 s.f 1.5 2.a 3.1 2.z 2.1 6.d 7g.1 "
    "1.1 1b 9 6.5 1 1.2 p.6 p.4 4.1 17.1 1 3 4.2 a v m.1 1 3 4.2 n.1 21.1 d.3 2.1 2.5 2.5 2.b 2.1 88.4 49 1 g gl 7 "
    "2 z.7 2z.1 f.1 1 2b 2 y.2 2 6h 2.1 f.1 1i 1h.2 3f 3b 6.1 1.1 3i.2 3x 1.2 9w 9 4 4 4 c 9 1.1 1 8 h 9 4 4 4 c 30 "
    "25b 1 1 1 1 3 14 1 2.1 1 jg.49 1 4.2h 6.l 2.5 2.11 2.5 2.7 1 1 1 1.u 2.1g 1.6 1 2.3 1.d 2.5 1.i 2.2 1.7 2.1 84 "
    "3.1 32.1 i u.2 1g 4 2 n 1 q 2 2 1 m 1 a.4 2.1 2.1 6.1 2.1 2.1 y.3 1c.3 6.3 1n.1 1ip 12n 1 1 1 1 1 1 1 1 1 1 1 "
    "2 1 1 6.1 1.1 1.1 1.1 1.1 m 9 d 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6.1 1.1 1.1 1.1 1.1 m 2.3 3 oap.8mb 6l8.7h 2 1 2.9 "
    "1 1 2.1 3.1v 2.2x 1v 1 a.c 1.4 1 1.1 1.1 1.8 47f 1 e 3m.1 ez.1 a6.1 1 6z.1 112a.6 2e.5 1m4f.f1"
)
"""What canonical decomposition changes."""

NFKD = ranges(
    "4g 7 1 4 2.3 2.2 1.2 37.1 b.1 8 1h 1w.8 10.2 58.8 v.5 2.4 45 9 23.2 2.1 p.2 1.1 3 b1 6l.3 1iy 3j 14.1 1a 2y 1 "
    "aq 2en.2 1.a 1.h 1.r d y.10 62 82 1.1 1p 3.8 6 5 c.2 8 3.1 1.1 4 1 8.2 d 7 g.1 2.q 1.c b 2f.3 1.2 1.a 1.1 2.4 "
    "2.2 1 3 3.1 1.2 1.6 1.5 4.4 6.1b 9 4i.1 1.1 fj.3u 10h 2v.2 ed.1 6p 8f 2b c.5x 16 1h 1.2 2o.1 2 2n 1d.2l 3.d "
    "2o.u 1.13 8.1a 1.3i 1.73 mn0.1 5u 3r.1 o2.3 fq8.6 c.4 8.9 11.2q x.a2 i.1r 2.1h 14.c j.9 m.k 2.b 1.i 1.3 4.2 1 "
    "1.3q 4.59 3.5 2.5 2.5 2.2 3.6 1.6 15w1.2c 1.1y 1.1 2 2.1 2.3 1.b 1 1.6 1.1s 1.3 2.7 1.6 1.r 1.3 1.4 1 3.6 1.9f "
    "2.83 2.1d 4cg.3 1.q 1.1 1 2 1.9 1.3 1 1 6 4 1 1 1.2 1.1 1 2 1 1 1 1 1.1 1 2.3 1.6 1.3 1.3 1 1.9 1.g 5.2 1.4 "
    "1.g g4.a 5.u 1.v q.1 10 33.2 d.17 4.8 7.1"
)
"""What compatible decomposition changes besides."""

COMBINING = ranges(
    "lc.1r 2 2.9 1.v 7n.4 7d.18 1 1.1 1.1 1 20.a 1c.k g 2t.6 2.5 2.1 1.3 z u.q 4g.8 y.3 1.8 1.2 1.4 17.2 3c.d 1.s "
    "1o g 3.3 2v g 32 g 32 g 32 g 3j 3j 7.1 2t g 3j 3g 31.2 d.3 30.1 e.3 24.1 r 1 1 1j.1 1 5.3 2 1.2 1.1 1q 34 1.1 "
    "2a jz.2 qc v 4d a 5n 3z.2 63.1 1z k.7 2 1c.d 3a f 12.8 1i.1 1m b.1 1v 48.2 1.c 1.6 4 6 3.1 5i.1h 5.4 k0.c 4 "
    "3.b 2da.2 3x 2o.v fe.5 2x.1 n9w 4.9 w.1 28.1 7o 59 r.h 1l.2 11 2n c 6n 1.2 2.1 5.1 1 1g 6u fn4 ld.f r1 6a 45.4 "
    "1aq 1 14.2 4 4l.1 127 1k 1l.1 1x.2 1c.1 1q 24 9 2y.1 4y.1 29 g o.6 3.4 5p 3 3f.1 6z.1 3i 3a.1 37 103 fjk.4 "
    "1n.6 g2v 43q.4 3.5 8.7 2.6 u.3 44.2 2pn.6 1.g 2.6 1.1 1.4 1ph.6 31.6"
)
"""What has a combining class, so that it moves among marks and joins the letter before."""

LOWER = {
    chr(upper + each): chr(lower + each)
    for upper, lower, count in (
        (0x1C89, 0x1C8A, 1),
        (0xA7CB, 0x0264, 1),
        (0xA7CC, 0xA7CD, 1),
        (0xA7CE, 0xA7CF, 1),
        (0xA7D2, 0xA7D3, 1),
        (0xA7D4, 0xA7D5, 1),
        (0xA7DA, 0xA7DB, 1),
        (0xA7DC, 0x019B, 1),
        (0x10D50, 0x10D70, 22),
        (0x16EA0, 0x16EBB, 25),
    )
    for each in range(count)
}
"""Lower case that is newer than Python 3.11's Unicode: tokenizers asks Rust, whose tables are newer than its own."""
