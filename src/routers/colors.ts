/**
 * Colours of shipped routers in pictures, `#rrggbb`: Okabe and Ito's palette, told apart by readers with any common colour blindness;
 * greys for those that learn nothing. Beside the routers and not in them, since pictures are drawn without loading an engine. A router
 * that is not here has a colour by the hash of its name.
 */
export const ROUTER_COLORS: ReadonlyMap<string, string> = new Map([
  ["linear", "#0072b2"],
  ["attention", "#d55e00"],
  ["shared-expert", "#009e73"],
  ["expert-choice", "#cc79a7"],
  ["hash", "#7f7f7f"],
  ["dense", "#262626"],
]);
