// Hands on what the microphone hears, in an audio worklet.

class Listener extends AudioWorkletProcessor {
  process([input]) {
    if (input[0]) this.port.postMessage(input[0].slice());
    return true;
  }
}

registerProcessor("listener", Listener);
