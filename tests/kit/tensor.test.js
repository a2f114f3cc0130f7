import assert from "node:assert/strict";
import { test } from "node:test";
import { row } from "../../assets/kit/cells/tensor.js";

test("a row of a matrix is a view of it", () => {
  const matrix = { a: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
  assert.deepEqual([...row(matrix, 1)], [4, 5, 6]);
  row(matrix, 0)[0] = 9;
  assert.equal(matrix.a[0], 9);
});
