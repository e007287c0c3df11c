// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title Devices of trust level L3: secure elements that sign each claim with P-256
/// @notice The owner says which key is which meter's, and for how long. Checked by the chain's P256VERIFY (RIP-7212, EIP-7951); where
/// there is none, claims of L3 are refused.
abstract contract Devices is Ownable2Step {
    struct Device {
        /// What the owner calls the meter.
        bytes32 meter;
        uint64 validFrom;
        uint64 validUntil;
    }

    /// A device's public key, and its ECDSA signature over one claim; s is at most half the order.
    struct DeviceSignature {
        bytes32 x;
        bytes32 y;
        bytes32 r;
        bytes32 s;
    }

    /// @notice The devices, by the keccak256 of their key's x and y.
    mapping(bytes32 id => Device) public devices;

    /// @notice From when on a meter may have another device, Unix seconds.
    mapping(bytes32 meter => uint64) public meterFreeFrom;

    event DeviceRegistered(bytes32 indexed id, bytes32 indexed meter, bytes32 x, bytes32 y, uint64 validFrom, uint64 validUntil);
    event DeviceEnded(bytes32 indexed id, uint64 validUntil);

    /// @notice x and y are no point of P-256.
    error BadDeviceKey();
    /// @notice A key is registered once, for one meter.
    error DeviceKnown(bytes32 id);
    /// @notice Validity begins before it ends, and after that of the meter's earlier devices.
    error BadValidity(uint64 validFrom, uint64 validUntil, uint64 meterFreeFrom);
    /// @notice The device is not registered, or not valid over the whole period.
    error DeviceNotValid(bytes32 id);
    /// @notice The device did not sign this head, policy, period and context, or its s is above half the order.
    error BadDeviceSignature();

    /// @notice Registers a device. A meter has one at a time, a key is of one meter.
    function registerDevice(bytes32 meter, bytes32 x, bytes32 y, uint64 validFrom, uint64 validUntil)
        external
        onlyOwner
        returns (bytes32 id)
    {
        if (!P256.isValidPublicKey(x, y)) revert BadDeviceKey();
        id = deviceId(x, y);
        if (devices[id].validUntil != 0) revert DeviceKnown(id);
        uint64 free = meterFreeFrom[meter];
        if (validFrom < free || validUntil <= validFrom) revert BadValidity(validFrom, validUntil, free);
        devices[id] = Device(meter, validFrom, validUntil);
        meterFreeFrom[meter] = validUntil;
        emit DeviceRegistered(id, meter, x, y, validFrom, validUntil);
    }

    /// @notice Ends a device's validity earlier, also in the past. The meter's next device begins at that time or now, whichever is later:
    /// periods up to now may have been claimed already.
    function endDevice(bytes32 id, uint64 validUntil) external onlyOwner {
        Device storage device = devices[id];
        uint64 before = device.validUntil;
        if (validUntil == 0 || validUntil >= before) revert BadValidity(device.validFrom, validUntil, before);
        device.validUntil = validUntil;
        // Only a meter's last device leaves room behind it.
        if (meterFreeFrom[device.meter] == before) {
            uint64 now_ = uint64(block.timestamp);
            uint64 free = validUntil > now_ ? validUntil : now_;
            if (free < before) meterFreeFrom[device.meter] = free;
        }
        emit DeviceEnded(id, validUntil);
    }

    /// @notice The id of a device's key.
    function deviceId(bytes32 x, bytes32 y) public pure returns (bytes32) {
        return keccak256(abi.encode(x, y));
    }

    /// @dev The id of the device that signed. The message is that of level L3: domain, head, policy digest, period, context.
    function _requireDevice(
        DeviceSignature calldata by,
        uint256[] memory inputs,
        uint64 start,
        uint64 end
    ) internal view returns (bytes32 id) {
        id = deviceId(by.x, by.y);
        Device memory device = devices[id];
        if (device.validUntil < end || device.validFrom > start) revert DeviceNotValid(id);
        bytes32 digest = sha256(abi.encodePacked("wattproof/l3/1", inputs[3], inputs[0], inputs[1], inputs[2]));
        if (!P256.verifyNative(digest, by.r, by.s, by.x, by.y)) revert BadDeviceSignature();
    }
}
