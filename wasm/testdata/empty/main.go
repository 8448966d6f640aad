// Command empty does nothing: what the runtime alone weighs.
package main

func main() {}
