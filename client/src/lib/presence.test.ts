import { expect, test } from "vitest";
import { byUsername, changeHere } from "./presence";

const person = (username: string) => ({ username, full_name: "" });
const names = (people: { username: string }[]) => people.map(({ username }) => username);

test("people stand in the order of their usernames", () => {
  expect(names(byUsername(["cy", "ana", "ben"].map(person)))).toEqual(["ana", "ben", "cy"]);
});

test("who comes is here once, who goes is not, and who does both stays", () => {
  const here = ["ana", "cy"].map(person);
  expect(names(changeHere(here, [person("ben"), person("ana")], []))).toEqual(["ana", "ben", "cy"]);
  expect(names(changeHere(here, [], [person("cy")]))).toEqual(["ana"]);
  expect(names(changeHere(here, [person("cy")], [person("cy")]))).toEqual(["ana", "cy"]);
});
