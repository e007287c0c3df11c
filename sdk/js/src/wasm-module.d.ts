// What `import` of a Wasm file gives in workerd.
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
