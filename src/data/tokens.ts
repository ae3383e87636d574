/** Token ids. */
export type Tokens = Uint8Array | Uint16Array;
