// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @dev Calls others with as much gas as a test says.
contract Caller {
    function ask(address whom, bytes calldata data, uint256 most) external view returns (bool done, bytes memory answer) {
        return whom.staticcall{gas: most}(data);
    }
}
