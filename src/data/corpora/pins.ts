/**
 * SHA-256 over the source files of each shipped corpus (`combinedSha256`) with the dependencies that package-lock.json
 * pins. A test keeps them true; `corpusNotices` tells a user whose installed files differ.
 */
export const PINNED_SOURCES: Readonly<Record<string, string>> = {
  fiction: "ad1a1f15d4c43b1735916eff6df418de935664d002869e13d223fdb321cc9e95",
  speeches: "00c5417b96ecbd94c9acd2dd1e1e603e46ad3de60ad303ee83ce057946a11d47",
  dictionary: "caa3d9aac522be7c3d0da753ef0de92e708d6f4789d77b18b649d842cf67f796",
  code: "0cf374cf6b6a6d9fcc6f511f22c9915666f7beda9c358534f1cbf1694f2f1168",
  arithmetic: "ef6345b3dfc235a779b48182d83737c24aa2d2ddd29d8bb2bc716f2e8c4cfb03",
  countries: "f108387f32d0f4046fb018046658ed2eacc686ae8e792c6d89d4d77bf34972dd",
  rights: "880ab79a46b892bdad021de43a1aa178db90afcedd5ec3f131ce2fa4888705c2",
  scripts: "880ab79a46b892bdad021de43a1aa178db90afcedd5ec3f131ce2fa4888705c2",
  messages: "674abf975012e2d01ee3c9133065e399d44a0d1a49156bb28de38086038a69cf",
  declarations: "c972f62b48ac216ee28826a139ffbea7b2a53e4f7d587479e40a7bee0bc63cf3",
  compiler: "db69147fa64ed8924193ab7b9619326a85f6d48111ae3667e4ae32dad7374738",
};
