import { expect, test } from "vitest";
import { LARGEST_PICTURE_BYTES, pictureProblem } from "./picture";

const cases: [string, number, string][] = [
  ["image/png", LARGEST_PICTURE_BYTES, ""],
  ["image/webp", 1, ""],
  [
    "image/jpeg",
    LARGEST_PICTURE_BYTES * 1.5,
    "It is 7.5 MB large; a picture may have at most 5 MB.",
  ],
  ["image/svg+xml", 1, "This is not a picture that can be read: use PNG, JPEG, WebP or GIF."],
  ["", 1, "This is not a picture that can be read: use PNG, JPEG, WebP or GIF."],
];

test.each(cases)(
  "a file of type %o and %i bytes is judged before it is sent",
  (type, size, words) => {
    expect(pictureProblem({ type, size })).toBe(words);
  },
);
