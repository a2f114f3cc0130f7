import assert from "node:assert/strict";
import { test } from "node:test";
import { madeOf, Origin } from "../../assets/shell/server/answers.js";

const VIEW = { name: "scale", depends: ["layer", "head"], controls: ["steps", "with"], reads: "run" };
const FIRST = "model=m&text=One&new=4&do=ablate:1.2";

const made = ({ subject = FIRST, layer = 1, steps = 50, second = "" } = {}) =>
  madeOf({ subject, panel: "norms", view: VIEW, focus: { layer }, controls: { steps, with: second } });

/** What is said of a picture of `then` once each of `asked` was asked for. */
function said(then, asked, run = true) {
  const origin = new Origin();
  origin.take(made(then), JSON.stringify(then));
  for (const each of asked) origin.pass(JSON.stringify(each));
  return origin.said(made(asked.at(-1)), run);
}

test("a picture that is old says by what", () => {
  assert.equal(said({}, [{ subject: FIRST.replace("One", "Two") }]), "for the previous prompt");
  assert.equal(said({}, [{ subject: `${FIRST}&chat=1` }]), "for the previous prompt");
  assert.equal(said({}, [{ subject: FIRST.replace("=m", "=other") }]), "for the previous model");
  assert.equal(said({ subject: "m" }, [{ subject: "other" }], false), "for the previous model");
  assert.equal(said({}, [{ subject: FIRST.replace("&do=ablate:1.2", "") }]), "for the previous run");
  assert.equal(said({}, [{ subject: FIRST.replace("new=4", "new=5") }]), "for the previous run");
  assert.equal(said({}, [{ layer: 2 }]), "for the previous selection");
  assert.equal(said({}, [{ steps: 600 }]), "for the previous settings");
  assert.equal(said({}, [{ second: "model=m&text=Two" }]), "for the previous settings");
  assert.equal(said({}, [{}]), "from the previous measurement");
});

test("another prompt goes before another selection of it", () => {
  assert.equal(said({}, [{ subject: FIRST.replace("One", "Two"), layer: 3 }]), "for the previous prompt");
});

test("what lies between is not passed over: the previous is the last one that was asked for", () => {
  assert.equal(said({}, [{ layer: 2 }, { layer: 2 }]), "for the previous selection");
  assert.equal(said({}, [{ layer: 2 }, { layer: 3 }]), "for an earlier selection");
  assert.equal(said({}, [{ steps: 150 }, { steps: 300 }]), "for earlier settings");
  const [second, third] = ["Two", "Three"].map((text) => ({ subject: FIRST.replace("One", text) }));
  assert.equal(said({}, [second, third]), "for an earlier prompt");
});

test("once it is drawn anew nothing lies between", () => {
  const origin = new Origin();
  assert.equal(origin.said(made(), true), "");
  origin.take(made(), "1");
  origin.pass("2");
  origin.pass("3");
  origin.take(made({ layer: 3 }), "3");
  origin.pass("1");
  assert.equal(origin.said(made(), true), "for the previous selection");
});
