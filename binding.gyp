# What ships: the addon, built by node-gyp from native/sources.txt (the core) and native/binding (the napi
# classes). The second target is the same plus the simulator's door; only tests load it.
{
  "target_defaults": {
    "sources": [
      "native/addon.cc",
      "<!@(node -p \"require('fs').readdirSync('native/binding').filter((name) => name.endsWith('.cc')).map((name) => 'native/binding/' + name).join(' ')\")",
      "<!@(node -p \"require('fs').readFileSync('native/sources.txt', 'utf8').trim().split('\\n').map((name) => 'native/' + name).join(' ')\")",
    ],
    "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
    "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED"],
    "cflags_cc!": ["-fno-exceptions", "-std=gnu++17"],
    "cflags_cc": ["-std=c++20", "-fexceptions", "-Wall", "-Wextra", "-Werror", "-O2", "-fvisibility=hidden"],
  },
  "targets": [
    {"target_name": "heartwire"},
    {"target_name": "heartwire_simulation", "defines": ["HEARTWIRE_SIMULATION=1"]},
  ],
}
