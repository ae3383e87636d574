import { createCanvas, loadImage } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../src/report/draw/png.ts";

describe("encodePng", () => {
  it("writes what another reader reads: size, every pixel, opaque", async () => {
    const [width, height] = [7, 5];
    const rgba = Uint8Array.from({ length: 4 * width * height }, (_, i) =>
      i % 4 === 3 ? 255 : (i * 37) % 256,
    );
    const file = await encodePng(rgba, width, height);
    const image = await loadImage(Buffer.from(file));
    expect([image.width, image.height]).toEqual([width, height]);
    const context = createCanvas(width, height).getContext("2d");
    context.drawImage(image, 0, 0);
    expect([...context.getImageData(0, 0, width, height).data]).toEqual([...rgba]);
  });

  it("gives equal bytes for equal pixels", async () => {
    const rgba = new Uint8Array(4 * 9).fill(200);
    expect(Buffer.from(await encodePng(rgba, 3, 3)).equals(await encodePng(rgba, 3, 3))).toBe(true);
  });

  it("refuses pixels of another size", async () => {
    await expect(encodePng(new Uint8Array(4), 2, 2)).rejects.toThrow("2 x 2 pixels need 16 bytes, not 4");
  });
});
