// The live map of the Picture room.
export {};
