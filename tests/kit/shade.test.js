import assert from "node:assert/strict";
import { test } from "node:test";
import { shadeOf, shadeShare } from "../../assets/kit/colour/shade.js";

test("a row of both signs has its centre at nought", () => {
  assert.deepEqual(shadeOf([-4, 1, 2, 3]), { centre: 0, reach: 4 });
});

test("a row of one sign has it at its median, a few strays notwithstanding", () => {
  assert.deepEqual(shadeOf([1, 2, 3, 4, 10]), { centre: 3, reach: 7 });
  assert.equal(shadeOf([-1, -2, -3]).centre, -2);
  assert.equal(shadeOf([-0.1, ...Array.from({ length: 99 }, (_, at) => at + 1)]).centre, 49.5);
});

test("the centre has no colour, the farthest all of it", () => {
  const shade = shadeOf([1, 2, 3, 4, 10]);
  assert.equal(shadeShare(3, shade), 0);
  assert.equal(shadeShare(10, shade), 1);
  assert.ok(shadeShare(1, shade) < -0.5);
  assert.equal(shadeShare(1, shadeOf([1, 1, 1])), 0);
});
