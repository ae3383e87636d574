import { describe, expect, it } from "vitest";
import { portableSvg } from "../../src/report/draw/portable-svg.ts";

const size = { width: 20, height: 10 };

describe("portableSvg", () => {
  it("rounds numbers in tags down to hundredths, and leaves texts alone", () => {
    expect(
      portableSvg(
        '<svg width="20"><path d="M1.23456 7L0.5 2.999"/><text x="1.239, " y="2, ">1.2345</text></svg>',
        size,
      ),
    ).toBe(
      '<svg viewBox="0 0 20 10" width="20"><path d="M1.23 7L0.5 2.99"/><text x="1.23" y="2">1.2345</text></svg>',
    );
  });

  it("numbers ids from one, with what refers to them", () => {
    const svg =
      '<svg ><clipPath id="cl_df"/><g clip-path="url(#cl_df)"/><clipPath id="cl_e0"/><g clip-path="url(#cl_e0)"/></svg>';
    expect(portableSvg(svg, size)).toContain(
      '<clipPath id="clip1"/><g clip-path="url(#clip1)"/><clipPath id="clip2"/><g clip-path="url(#clip2)"/>',
    );
  });

  it("joins texts that were cut at their spaces", () => {
    const cut =
      '<svg ><text fill="#111" x="1, 2, " y="5, ">ab</text><text fill="#111" x="" y=""></text>' +
      '<text fill="#111" x="4, " y="5, ">c</text><text fill="#111" x="" y=""></text><text fill="#111" x="6, 7, " y="5, ">de</text></svg>';
    expect(portableSvg(cut, size)).toContain(
      '<text fill="#111" x="1, 2, 4, 4, 6, 6, 7" y="5">ab c de</text></svg>',
    );
  });

  it("does not join texts of other lines or colours", () => {
    const apart =
      '<svg ><text fill="#111" x="1" y="5">a</text><text fill="#111" x="" y=""></text><text fill="#222" x="4" y="5">c</text></svg>';
    expect(portableSvg(apart, size).match(/<text/g)).toHaveLength(3);
  });

  it("names a font that other machines have", () => {
    expect(portableSvg('<svg ><text font-family="DejaVu Sans">a</text></svg>', size)).toContain(
      'font-family="DejaVu Sans, Verdana, sans-serif"',
    );
  });
});
