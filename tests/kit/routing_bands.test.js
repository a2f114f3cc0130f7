// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { bandsOf } from "../../assets/views/architectures/routing/bands.js";

const chosen = /** @type {any} */ ({ row: 0 });

for (const n of [1, 8, 20, 60])
  test(`${n} tokens: the experts’ matrix and the load beside it take the whole width`, () => {
    const data = /** @type {any} */ ({ layers: [0, 1, 2, 3, 4, 5], n_experts: 8, n });
    const { width, margin, load, cell } = bandsOf(data, 1200, chosen);
    assert.ok(load >= 231, `${load}`);
    assert.ok(Math.abs(margin.left + width + margin.right + 30 + load - 1200) < 2);
    assert.ok(cell.width > 10);
  });
