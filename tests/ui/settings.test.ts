// Settings that are chosen on a page while the server is slow: what was typed stands, whatever older answers say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, Away, type Setting } from "../../client/ui/src/api";
import { Settings } from "../../client/ui/src/settings";
import { rest } from "./world";

// A server that answers when it is told to, in any order.
class Slow {
  readonly values: Record<string, string> = { price: "0", month_fcfa: "none" };
  readonly reads: (() => void)[] = [];
  readonly writes: ((refusal?: Error) => void)[] = [];

  settings = (): Promise<Setting[]> => {
    const all = Object.entries(this.values).map(([name, value]) => ({ name, value, values: "", meaning: "" })); // as it is asked
    return new Promise((answer) => this.reads.push(() => answer(all)));
  };
  set = (changes: Record<string, string>): Promise<unknown> =>
    new Promise((answer, refuse) => this.writes.push((refusal) => {
      if (!refusal) Object.assign(this.values, changes);
      if (refusal) refuse(refusal);
      else answer(undefined);
    }));
}

async function begun() {
  const server = new Slow(), told: unknown[] = [], settings = new Settings(server, (error) => told.push(error));
  void settings.read();
  server.reads.shift()!();
  await rest();
  return { server, settings, told };
}
const refusal = new ApiError(422, "invalid", "une limite demande un prix", null);

test("a refused value stays with its reason, also where an answer to an older question comes later", async () => {
  const { server, settings } = await begun();
  void settings.read();
  void settings.choose("month_fcfa", "100");
  assert.equal(settings.value("month_fcfa"), "100");
  server.writes[0]!(refusal);
  await rest();
  server.reads.shift()!();
  await rest();
  server.reads.shift()!(); // asked again, since the first answer was older
  await rest();
  assert.deepEqual([settings.value("month_fcfa"), settings.wrong("month_fcfa")], ["100", "une limite demande un prix"]);
});

test("what was accepted is not taken back by an answer from before", async () => {
  const { server, settings } = await begun();
  void settings.read();
  void settings.choose("price", "1.25");
  server.writes[0]!();
  await rest();
  server.reads.shift()!();
  await rest();
  assert.equal(settings.value("price"), "1.25");
  server.values.month_fcfa = "300";
  server.reads.shift()!();
  await rest();
  assert.equal(settings.value("price"), "1.25");
  assert.equal(server.reads.length, 0);
});

test("of two questions the answer to the later one counts, in whichever order they come", async () => {
  const { server, settings } = await begun();
  void settings.read();
  server.values.price = "2";
  void settings.read();
  const [older, later] = server.reads.splice(0);
  later!();
  await rest();
  older!();
  await rest();
  assert.equal(settings.value("price"), "2");
});

test("what is chosen anew before an answer stands, and only its own answer counts", async () => {
  const { server, settings } = await begun();
  void settings.choose("month_fcfa", "100");
  void settings.choose("month_fcfa", "200");
  server.writes[0]!(refusal);
  await rest();
  assert.deepEqual([settings.value("month_fcfa"), settings.wrong("month_fcfa")], ["200", undefined]);
  server.writes[1]!();
  await rest();
  assert.deepEqual([settings.value("month_fcfa"), settings.wrong("month_fcfa")], ["200", undefined]);
});

test("where there was no answer, what stands is shown again, and whoever chose is told", async () => {
  const { server, settings, told } = await begun();
  void settings.choose("price", "3");
  server.writes[0]!(new Away());
  await rest();
  assert.ok(told[0] instanceof Away);
  assert.equal(settings.value("price"), "0");
});
