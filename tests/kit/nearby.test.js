import assert from "node:assert/strict";
import { test } from "node:test";
import { nearby } from "../../assets/kit/nearby.js";

test("all are shown where there is room", () => {
  assert.deepEqual(nearby(6, 24, 5), { first: 0, shown: 6 });
});

test("the stretch holds the chosen one and stays within the list", () => {
  for (let count = 1; count < 30; count++) {
    for (let room = 1; room < 12; room++) {
      for (let chosen = 0; chosen < count; chosen++) {
        const { first, shown } = nearby(count, room, chosen);
        assert.ok(first >= 0 && first + shown <= count && shown === Math.min(count, room));
        assert.ok(first <= chosen && chosen < first + shown);
      }
    }
  }
});
