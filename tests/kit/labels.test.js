import assert from "node:assert/strict";
import { test } from "node:test";
import { placeLabels } from "../../assets/kit/drawing/labels.js";

const BOUNDS = { left: 0, right: 300, top: 0, bottom: 300 };
const SIZE = { width: 30, height: 14 };

const boxOf = ({ x, y }) => ({ left: x - 15, right: x + 15, top: y - 7, bottom: y + 7 });
const apart = (one, other) =>
  one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;

test("a lonely mark has its label at its right, and at its left where the picture ends", () => {
  const [place] = placeLabels({ labels: [{ x: 50, y: 50, r: 5, ...SIZE }], circles: [], bounds: BOUNDS });
  assert.deepEqual(place, { x: 73, y: 50, away: false });
  const [other] = placeLabels({ labels: [{ x: 290, y: 50, r: 5, ...SIZE }], circles: [], bounds: BOUNDS });
  assert.deepEqual(other, { x: 267, y: 50, away: false });
});

test("in a crowd no label covers a mark or another label", () => {
  const circles = Array.from({ length: 12 }, (_, at) => ({ x: 150 + (at % 4) * 9, y: 150 + (at >> 2) * 9, r: 8 }));
  const places = placeLabels({ labels: circles.map((each) => ({ ...each, ...SIZE })), circles, bounds: BOUNDS });
  const boxes = places.filter((place) => place !== null).map(boxOf);
  assert.ok(boxes.length > 6);
  for (const [at, box] of boxes.entries()) {
    for (const other of boxes.slice(at + 1)) assert.ok(apart(box, other));
    for (const { x, y, r } of circles) {
      const dx = x - Math.max(box.left, Math.min(box.right, x));
      const dy = y - Math.max(box.top, Math.min(box.bottom, y));
      assert.ok(Math.hypot(dx, dy) >= r);
    }
  }
  assert.ok(places.some((place) => place?.away));
});

test("where there is no room there is no label", () => {
  const bounds = { left: 0, right: 20, top: 0, bottom: 20 };
  assert.deepEqual(placeLabels({ labels: [{ x: 10, y: 10, r: 4, ...SIZE }], circles: [], bounds }), [null]);
});
