// What is typed reaches the server, whatever is lost on the way, and nobody's words go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../client/ui/src/api";
import { World } from "./world";

test("a pause in typing saves once what was typed until then", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  for (const text of ["m", "ma", "mar"]) { form.set("text", text); await world.clock.pass(100); }
  assert.equal(world.text(), null);
  await world.clock.pass(300);
  assert.equal(world.text(), "mar");
  assert.equal(world.server.asked.filter((what) => what.startsWith("patch")).length, 1);
  assert.equal(form.state, "saved");
});

test("who types without a pause loses less than a second", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  let typed = "";
  for (let time = 0; time < 5000; time += 50) {
    form.set("text", (typed += "x"));
    await world.clock.pass(50);
    assert.ok(typed.length - String(world.text() ?? "").length <= 18, `${typed.length} typed`);
  }
});

test("leaving a field saves at once", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  form.set("text", "marché");
  await form.save();
  assert.equal(world.text(), "marché");
});

test("words typed while a save is under way follow it", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  form.set("text", "a");
  const saving = form.save();
  form.set("text", "ab");
  await saving;
  assert.equal(world.text(), "ab");
});

test("what is typed while the row is read is not called saved, and is saved", async () => {
  const world = new World(), form = (await world.page()).of(world.entry({ text: "un marché" }));
  form.opened();
  form.set("text", "un grand marché");
  assert.notEqual(form.state, "saved");
  await world.clock.pass(2000);
  assert.equal(world.text(), "un grand marché");
  assert.equal(form.state, "saved");
});

test("what a colleague wrote meanwhile comes into the open form, and both stay", async () => {
  const world = new World(), row = world.entry({ text: "un marché" }), form = (await world.page()).of(row);
  form.opened();
  await world.clock.pass(1);
  form.set("text", "un grand marché");
  world.server.write({ ...row, text: "un marché couvert" });
  await form.save();
  assert.equal(world.text(), "un grand marché couvert");
  assert.equal(form.value("text"), "un grand marché couvert");
  assert.ok(form.merged("text"));
});

test("a form that was typed in before its version was known keeps what came between", async () => {
  const world = new World(), row = world.entry({ text: "un marché" }), form = (await world.page()).of(row);
  world.server.write({ ...row, text: "un marché couvert" });
  form.set("text", "un grand marché");
  await form.save();
  assert.equal(world.text(), "un grand marché couvert");
});

test("a merge that arrives while somebody goes on typing takes nothing away and comes with the next pause", async () => {
  const world = new World(), row = world.entry({ text: "un marché" }), form = (await world.page()).of(row);
  form.opened();
  await world.clock.pass(1);
  form.set("text", "un grand marché");
  world.server.write({ ...row, text: "un marché couvert" });
  const saving = form.save();
  form.set("text", "un très grand marché");
  await saving;
  assert.equal(world.text(), "un très grand marché couvert");
  assert.equal(form.value("text"), "un très grand marché couvert");
});

test("nothing comes into a word that the keyboard is still composing", async () => {
  const world = new World(), row = world.entry({ text: "un marché" }), form = (await world.page()).of(row);
  form.opened();
  await world.clock.pass(1);
  form.compose("text", true);
  form.set("text", "un grand marché");
  world.server.write({ ...row, text: "un marché couvert" });
  await world.clock.pass(300);
  assert.equal(form.value("text"), "un grand marché");
  form.compose("text", false);
  await world.clock.pass(1);
  assert.equal(form.value("text"), "un grand marché couvert");
});

test("a colleague's words come into a form that is open and untouched", async () => {
  const world = new World(), row = world.entry({ text: "un" }), page = await world.page(), form = page.of(row);
  page.hold(form);
  form.opened();
  await world.clock.pass(1);
  const now = { ...row, text: "un deux", score: 2 };
  world.server.write(now);
  page.offer([now]);
  await world.clock.pass(1);
  assert.equal(form.value("text"), "un deux");
  assert.equal(form.value("score"), 2);
});

for (const fault of ["request lost", "answer lost"] as const)
  test(`${fault}: the text stands once, also when typing went on`, async () => {
    const world = new World(), form = (await world.page()).of(world.entry({ text: "un" }));
    form.opened();
    await world.clock.pass(1);
    world.server.faults = [fault];
    form.set("text", "un deux");
    await form.save();
    assert.equal(form.state, "local");
    form.set("text", "un deux trois");
    await world.clock.pass(10_000);
    assert.equal(world.text(), "un deux trois");
    assert.equal(form.state, "saved");
  });

test("what arrived without an answer and was then written in by others stands once", async () => {
  const world = new World(), row = world.entry({ text: "un" }), form = (await world.page()).of(row);
  form.opened();
  await world.clock.pass(1);
  world.server.faults = ["answer lost"];
  form.set("text", "un deux");
  await form.save();
  world.server.write({ ...row, text: "zéro un deux" });
  form.set("text", "un deux trois");
  await world.clock.pass(10_000);
  assert.equal(world.text(), "zéro un deux trois");
});

test("a server that is away is asked again for ever, and what is typed meanwhile is kept on this device", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  world.server.fault = "away";
  form.set("text", "un");
  await world.clock.pass(3_600_000);
  assert.equal(form.state, "local");
  assert.match([...world.shelf.kept.values()].join(), /"value":"un"/);
  world.server.fault = null;
  await world.clock.pass(5_000);
  assert.equal(world.text(), "un");
  assert.equal(world.shelf.kept.size, 0);
});

test("what a killed page had not saved is saved when a page opens again", async () => {
  const world = new World(), form = (await world.page()).of(world.entry({ text: "un" }));
  form.set("text", "un deu");
  const again = await world.page();
  await world.clock.pass(1);
  assert.equal(world.text(), "un deu");
  assert.equal(again.of(world.server.rows.get(7)!).value("text"), "un deu");
});

test("what a killed page had sent without an answer stands once", async () => {
  const world = new World(), form = (await world.page()).of(world.entry({ text: "un" }));
  world.server.faults = ["request lost"];
  form.set("text", "un deux");
  await form.save();
  world.server.faults = ["answer lost"];
  await world.page();
  await world.clock.pass(20_000);
  assert.equal(world.text(), "un deux");
});

test("a killed page's words go into what colleagues wrote since", async () => {
  const world = new World(), row = world.entry({ text: "un marché" }), form = (await world.page()).of(row);
  form.opened();
  await world.clock.pass(1);
  form.set("text", "un grand marché");
  world.server.write({ ...row, text: "un marché couvert" });
  await world.page();
  await world.clock.pass(1);
  assert.equal(world.text(), "un grand marché couvert");
});

for (const begun of ["a new row", "a row that is there"])
  test(`${begun}: what a browser without power had kept of a text, older than what was saved, changes nothing`, async () => {
    const world = new World(), page = await world.page();
    const form = begun === "a new row" ? page.draft("a", "entry", 1, {})! : page.of(world.entry({ text: "Lu : " }));
    const before = String(form.value("text") ?? "");
    form.set("text", `${before}le marché est cou`);
    form.set("score", 1);
    const shelf = new Map(world.shelf.kept);
    form.set("text", `${before}le marché est couvert et grand`);
    await form.save();
    await world.clock.pass(3000);
    form.set("score", 2);
    form.set("text", `${before}le marché est couvert, et grand. Tout va bien.`);
    await form.save();
    world.shelf.kept.clear();
    for (const [key, kept] of shelf) world.shelf.kept.set(key, kept);
    await world.page();
    await world.clock.pass(5000);
    assert.equal(world.text(form.id!), `${before}le marché est couvert, et grand. Tout va bien.`);
    assert.equal(world.server.rows.get(form.id!)?.score, 2);
    assert.equal(world.shelf.kept.size, 0);
  });

test("a tab that is open looks after its own words", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  world.alive.add("tab1");
  form.set("text", "un");
  await world.page();
  await world.clock.pass(299);
  assert.equal(world.text(), null);
});

test("a new row begins with the first input, under an id of this device, and is made once", async () => {
  const world = new World(), page = await world.page();
  const form = page.draft("today|8", "entry", 1, { day: "2025-03-10" })!;
  assert.equal(page.draft("today|8", "entry", 1, { day: "2025-03-10" }), form);
  world.server.faults = ["answer lost", "answer lost"];
  form.set("text", "vu");
  await world.clock.pass(10_000);
  assert.equal(world.server.rows.size, 1);
  assert.deepEqual(world.server.rows.get(form.id!), { id: form.id, table: "entry", space: 1, day: "2025-03-10", text: "vu" });
  assert.notEqual(page.draft("today|8", "entry", 1, {})!.id, form.id);
});

test("a new row that a killed page may have made goes on as it stands now", async () => {
  const world = new World(), form = (await world.page()).draft("a", "entry", 1, {})!;
  world.server.faults = ["answer lost"];
  form.set("text", "un marché");
  await form.save();
  world.server.write({ ...world.server.rows.get(form.id!)!, text: "un marché couvert" });
  world.server.fault = "away";
  form.set("text", "un grand marché");
  await world.clock.pass(400);
  world.server.fault = null;
  await world.page();
  await world.clock.pass(1);
  assert.match(String(world.text(form.id!)), /grand/);
  assert.match(String(world.text(form.id!)), /couvert/);
});

test("a new row waits on this device until what is required is written", async () => {
  const world = new World(), form = (await world.page()).draft("a", "question", 1, {})!;
  form.set("score", 3);
  await world.clock.pass(1000);
  assert.equal(form.state, "local");
  assert.equal(world.server.rows.size, 0);
  form.set("text", "Comment ?");
  await world.clock.pass(300);
  assert.equal(world.server.rows.get(form.id!)?.score, 3);
});

test("a row of a list that nobody wrote in leaves nothing", async () => {
  const world = new World(), page = await world.page(), form = page.begin("entry", 1, { position: 3 })!;
  const leave = page.hold(form);
  assert.ok(world.over.has(form.id!));
  leave();
  await world.clock.pass(1);
  assert.ok(!world.over.has(form.id!));
  assert.equal(world.server.rows.size, 0);
});

test("a keyed row that came from elsewhere meanwhile is written into, not over", async () => {
  const world = new World(), page = await world.page();
  const form = page.keyed("day", 1, { day: "2025-03-10" }, undefined);
  world.server.write({ id: 99, table: "day", space: 1, day: "2025-03-10", text: "là-bas" });
  form.set("text", "ici");
  await form.save();
  assert.equal(form.id, 99);
  assert.match(String(world.text(99)), /ici/);
  assert.match(String(world.text(99)), /là-bas/);
});

test("a row that somebody deleted comes back with what was written in it", async () => {
  const world = new World(), form = (await world.page()).of(world.entry({ text: "un" }));
  world.server.remove(7);
  form.set("text", "un deux");
  await form.save();
  assert.equal(world.text(), "un deux");
});

test("a version that the server forgot is opened anew, and both edits stay", async () => {
  const world = new World(), row = world.entry({ text: "un marché" }), form = (await world.page()).of(row);
  form.opened();
  await world.clock.pass(1);
  world.server.write({ ...row, text: "un marché couvert" });
  world.server.forgetVersions();
  form.set("text", "un grand marché");
  await form.save();
  assert.equal(world.text(), "un grand marché couvert");
});

test("a value that the schema refuses is told at once, kept, and stops nothing beside it", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  form.set("score", "beaucoup");
  form.set("text", "un");
  await world.clock.pass(300);
  assert.equal(form.complaint("score"), "a number");
  assert.equal(form.value("score"), "beaucoup");
  assert.equal(world.text(), "un");
  assert.equal(form.state, "refused");
});

test("a value that the server refuses is told in its words and stops nothing beside it", async () => {
  const world = new World(), form = (await world.page()).of(world.entry());
  world.server.refuse = (fields) => ("score" in fields ? new ApiError(422, "invalid", "De 0 à 3.", "score") : null);
  form.set("score", 9);
  form.set("text", "un");
  await world.clock.pass(1000);
  assert.equal(form.complaint("score"), "De 0 à 3.");
  assert.equal(world.text(), "un");
  form.discard();
  assert.equal(form.value("score"), null);
  assert.equal(world.shelf.kept.size, 0);
});

test("a page that closes sends at once what it holds", async () => {
  const world = new World(), page = await world.page(), form = page.of(world.entry());
  form.set("text", "u");
  page.flush();
  await world.clock.pass(0);
  assert.equal(world.text(), "u");
});

test("a row that this page deleted is not sent any more", async () => {
  const world = new World(), page = await world.page(), form = page.of(world.entry());
  form.set("text", "u");
  assert.ok(page.forget(7));
  await world.clock.pass(1000);
  assert.equal(world.text(), null);
  assert.equal(world.shelf.kept.size, 0);
});

test("what the store read while a save was under way comes in after it", async () => {
  const world = new World(), row = world.entry(), page = await world.page(), form = page.of(row);
  page.hold(form);
  form.set("text", "un");
  const saving = form.save();
  world.server.write({ ...row, score: 3 });
  page.offer([{ ...row, score: 3 }]);
  await saving;
  await world.clock.pass(1);
  assert.equal(form.value("score"), 3);
  assert.equal(world.text(), "un");
});

test("what the store read before the server took a save, and told while that was under way, takes nothing back from under the hand", async () => {
  const world = new World(), row = world.entry({ score: 1 }), page = await world.page(), form = page.of(row);
  page.hold(form);
  form.set("score", 2);
  const saving = form.save();
  page.offer([row]);
  await saving;
  assert.equal(form.value("score"), 2);
  await world.clock.pass(2000);
  assert.equal(form.value("score"), 2);
  assert.equal(world.server.rows.get(row.id)?.score, 2);
});

test("ids that run out are fetched again", async () => {
  const world = new World(), page = await world.page();
  world.server.fault = "away";
  for (let place = 0; place < 40; ++place) assert.ok(page.draft(`${place}`, "entry", 1, {}));
  assert.equal(page.draft("one more", "entry", 1, {}), null);
  world.server.fault = null;
  await world.clock.pass(1000);
  assert.ok(page.ready.now);
  assert.ok(page.draft("one more", "entry", 1, {}));
});

test("a part that is written before its owner waits for it, and the owner is made though nothing was written in it", async () => {
  const world = new World(), page = await world.page();
  const owner = page.begin("entry", 1, { day: "2025-03-10" })!, part = page.begin("part", 1, { entry: owner.id })!;
  page.hold(owner);
  part.set("text", "Afi");
  await part.save();
  assert.deepEqual(world.server.asked.filter((what) => what.startsWith("add")), [`add ${owner.id}`, `add ${part.id}`]);
  assert.equal(world.text(part.id!), "Afi");
});

test("a part is not offered before its owner has what it needs, and is kept here until then", async () => {
  const world = new World(), page = await world.page();
  const owner = page.begin("question", 1, {})!, part = page.begin("part", 1, { question: owner.id })!;
  assert.ok(!page.mayStand({ question: owner.id }));
  part.set("text", "Afi");
  await part.save();
  assert.equal(part.state, "local");
  assert.equal(world.shelf.length, 1);
  owner.set("text", "Comment ?");
  assert.ok(page.mayStand({ question: owner.id }));
  await world.clock.pass(2000);
  assert.equal(world.text(part.id!), "Afi");
});

test("a new row that is refused for what the page gave it is not asked for again and again", async () => {
  const world = new World(), page = await world.page();
  world.server.refuse = () => new ApiError(422, "invalid", "no such row", "entry");
  const part = page.begin("part", 1, { entry: 9 })!;
  page.hold(part);
  part.seed({ entry: 9 });
  part.set("text", "Afi");
  await world.clock.pass(5000);
  assert.equal(part.state, "refused");
  assert.equal(part.problem, "no such row");
  assert.equal(world.server.asked.filter((what) => what.startsWith("add")).length, 1);
});

test("what is typed while the row is only being made follows it", async () => {
  const world = new World(), page = await world.page();
  const owner = page.begin("entry", 1, { day: "2025-03-10" })!;
  page.hold(owner);
  owner.seed({ id: owner.id!, table: "entry", space: 1, day: "2025-03-10" });
  const standing = owner.stand();
  owner.set("score", 3);
  owner.set("text", "Afi");
  await standing;
  await world.clock.pass(1000);
  assert.deepEqual([world.server.rows.get(owner.id!)!.score, world.text(owner.id!)], [3, "Afi"]);
  assert.deepEqual([owner.value("score"), owner.value("text")], [3, "Afi"]);
});
