/**
 * Keeps ONNX Runtime from reporting its users: its Linux and macOS libraries write a device id and events below the
 * home folder and send them to Microsoft, unless this variable is set when they are loaded. Imported before the
 * library, since imports run in the order in which they stand. What the user has set, 0 included, stays.
 */
process.env["ORT_DISABLE_TELEMETRY"] ||= "1";
