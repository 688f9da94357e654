"""What the tests stand on: simulators, clocks and builders."""
