# What ships: the addon, built by node-gyp from native/sources.txt (the core) and native/binding (the napi
# classes). OpenSSL and libuv are Node's own: their headers come with Node's, and nothing is linked, since a second
# OpenSSL in one process crashes. Node-API 9 is what Node 20 has; without it the building Node's level would count.
{
  "variables": {
    # What is compiled for each addon: here alone the simulator's differs.
    "addon_sources": ["native/addon.cc", "native/binding/simulated_engine.cc", "native/core/heartbeat/engine.cc"],
    "shared_sources": [
      "<!@(node -p \"require('fs').readdirSync('native/binding').filter((name) => name.endsWith('.cc')).map((name) => 'native/binding/' + name).filter((name) => !'<(addon_sources)'.includes(name)).join(' ')\")",
      "<!@(node -p \"require('fs').readFileSync('native/sources.txt', 'utf8').trim().split('\\n').map((name) => 'native/' + name).filter((name) => !'<(addon_sources)'.includes(name)).join(' ')\")",
    ],
  },
  "target_defaults": {
    "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
    "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED"],
    "cflags_cc!": ["-fno-exceptions", "-std=gnu++17"],
    "cflags_cc": ["-std=c++20", "-fexceptions", "-Wall", "-Wextra", "-Werror", "-O2", "-fvisibility=hidden"],
  },
  "targets": [
    {"target_name": "heartwire_parts", "type": "static_library", "sources": ["<@(shared_sources)"]},
    {"target_name": "heartwire", "sources": ["<@(addon_sources)"], "dependencies": ["heartwire_parts"]},
    # The same with a door for simulated time and planted bugs; only tests load it.
    {
      "target_name": "heartwire_simulation",
      "sources": ["<@(addon_sources)"],
      "dependencies": ["heartwire_parts"],
      "defines": ["HEARTWIRE_SIMULATION=1"],
    },
    # Outlives the daemon by a moment, and takes its addresses off.
    {
      "target_name": "heartwire-guardian",
      "type": "executable",
      "sources": ["native/core/guard/guardian_process.cc", "native/core/guard/guardian_page.cc", "native/core/guard/guard_cells.cc", "native/core/guard/parked_threads.cc", "native/core/net/netlink_message.cc", "native/core/net/netlink_socket.cc"],
      "ldflags": ["-pthread"],
    },
    # Programs of the demo, the network stories and the failover bench; they know nothing of the core.
    {"target_name": "heartwire-vip-echo", "type": "executable", "sources": ["native/tools/vip_echo.cc"]},
    {"target_name": "heartwire-vip-client", "type": "executable", "sources": ["native/tools/vip_client.cc"]},
  ],
}
