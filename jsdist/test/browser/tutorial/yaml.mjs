// Reads YAML, with the reader that PHP has of Symfony.
import { spawnSync } from "node:child_process";

export function readYaml(file) {
  const parse = 'require "Symfony/Component/Yaml/autoload.php"; echo json_encode(Symfony\\Component\\Yaml\\Yaml::parseFile($argv[1]));';
  const { status, stdout, stderr } = spawnSync("php", ["-r", parse, "--", file], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file}: ${stderr}${stdout}`);
  return JSON.parse(stdout);
}
