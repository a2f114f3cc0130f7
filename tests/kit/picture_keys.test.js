import assert from "node:assert/strict";
import { test } from "node:test";
import { ofPicture } from "../../assets/shell/shortcuts/picture_keys.js";

test("a picture's name says its keys; where it does not, they are the usual ones", () => {
  assert.deepEqual(ofPicture("Wall of 270 heads; arrow keys move, Enter opens", true), [
    "Wall of 270 heads",
    "arrow keys move, Enter opens",
  ]);
  assert.deepEqual(ofPicture("Map; of; L2.H1; up and down choose the query", false), [
    "Map; of; L2.H1",
    "up and down choose the query",
  ]);
  assert.deepEqual(ofPicture("Blocks", true), ["Blocks", "arrow keys, Home and End"]);
  assert.deepEqual(ofPicture("The stream; 576 values", false), ["The stream; 576 values", "arrow keys"]);
});
