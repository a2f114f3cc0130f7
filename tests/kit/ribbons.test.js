import assert from "node:assert/strict";
import { test } from "node:test";
import { ribbons } from "../../assets/kit/drawing/ribbons.js";

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);
const SIZE = { along: { from: 0, to: 100 }, across: { from: 10, to: 110 }, thick: 10, gap: 20 };
const NODES = [
  { column: 0, value: 3 },
  { column: 0, value: 1 },
  { column: 1, value: 2 },
  { column: 1, value: 2 },
];
const FLOWS = [
  { source: 0, target: 3, value: 1 },
  { source: 0, target: 2, value: 2 },
  { source: 1, target: 3, value: 1 },
];

test("a column's nodes fill its length in their order, and flows are as wide as their values", () => {
  const { nodes, flows, scale } = ribbons({ ...SIZE, nodes: NODES, flows: FLOWS });
  near(scale, 20);
  assert.deepEqual(nodes[0], { x: 0, y: 10, width: 10, height: 60, middle: 40, length: 60 });
  assert.deepEqual(nodes[1], { x: 0, y: 90, width: 10, height: 20, middle: 100, length: 20 });
  assert.equal(nodes[3].x, 90);
  for (const [at, { value }] of FLOWS.entries()) near(flows[at].width, 20 * value);
});

test("a node's ribbons lie in the order of their other ends", () => {
  const { flows } = ribbons({ ...SIZE, nodes: NODES, flows: FLOWS });
  const start = ({ path }) => Number(path.match(/^M[\d.]+,([\d.]+)/)[1]);
  assert.equal(start(flows[1]), 30);
  assert.equal(start(flows[0]), 60);
});

test("columns that stand have their nodes side by side", () => {
  const { nodes, between } = ribbons({ ...SIZE, nodes: NODES, flows: FLOWS, standing: true });
  assert.deepEqual(nodes[2], { x: 10, y: 90, width: 40, height: 10, middle: 30, length: 40 });
  assert.match(between(0, 2), /^M40,10.*30,90$/);
});

test("a column that no flow reaches keeps its place", () => {
  const nodes = [0, 1, 2].flatMap((column) => [0, 1].map(() => ({ column, value: 1 })));
  const { nodes: placed } = ribbons({ ...SIZE, nodes, flows: [] });
  assert.deepEqual(
    placed.map(({ x }) => x),
    [0, 0, 45, 45, 90, 90],
  );
});

test("where all of a column is empty, its nodes keep their places", () => {
  const nodes = [0, 1].flatMap((column) => [0, 1].map(() => ({ column, value: column ? 0 : 1 })));
  const { nodes: placed, scale } = ribbons({ ...SIZE, nodes, flows: [] });
  assert.ok(Number.isFinite(scale));
  for (const { y } of placed) assert.ok(Number.isFinite(y));
});

test("one column alone stands at the start", () => {
  const { nodes } = ribbons({ ...SIZE, nodes: [{ column: 0, value: 1 }], flows: [] });
  assert.deepEqual([nodes[0].x, nodes[0].width], [0, 10]);
});
