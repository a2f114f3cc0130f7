import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, mix, rgbs } from "../../assets/kit/colour/theme.js";

test("black on white has the contrast that WCAG states, a colour on itself none", () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]).toFixed(2), "21.00");
  assert.equal(contrast([12, 99, 200], [12, 99, 200]), 1);
  assert.equal(contrast([119, 119, 119], [255, 255, 255]).toFixed(2), "4.48"); // #777, the classic near miss
});

test("colours are mixed channel by channel and written as CSS does", () => {
  assert.deepEqual(mix([0, 100, 255], [255, 0, 255], 0.5), [128, 50, 255]);
  assert.equal(rgbs([1, 2, 3]), "rgb(1,2,3)");
  assert.equal(rgbs([1, 2, 3], 0.5), "rgba(1,2,3,0.5)");
});
