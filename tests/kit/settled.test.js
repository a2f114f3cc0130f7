import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { meantBy, settled } from "../../assets/kit/controls/settled.js";

/** The same cases as the server's: `tests/panels/test_controls.py`, which writes the declarations. */
const cases = JSON.parse(readFileSync(new URL("./settled_cases.json", import.meta.url), "utf-8"));

for (const { spec, values } of cases)
  test(`a link's values mean what they mean to the server: ${JSON.stringify(spec)}`, () => {
    for (const [said, meant] of values) {
      const read = meantBy(spec, said ?? undefined) ?? null;
      assert.deepEqual(read === null ? null : spec.kind === "open" ? String(read) : read, meant, `${said}`);
    }
  });

test("what a panel does not declare stays as it is said", () => {
  const specs = [{ name: "k", kind: "whole", ranged: true, default: 2, low: 1, high: 4 }];
  assert.deepEqual(settled(specs, { with: "text=Hi", k: "9" }), { with: "text=Hi", k: 4 });
  assert.deepEqual(settled(specs, {}), { k: 2 });
});
