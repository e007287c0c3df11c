// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Policies} from "./Policies.sol";
import {Roots} from "./Roots.sol";

/// @title Orders: money in escrow for whoever proves
/// @notice An order's id is the hash of its terms, and devices sign the id with each claim. So neither payer nor payee can be held to other
/// terms than they saw, and no order can be changed.
abstract contract Orders is Roots, Policies, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// Trade: the first claim is paid as far as the escrow goes, and settles the order.
    /// Reward: each claim is paid, of as many meters as the escrow lasts for.
    /// Bill: the claim is paid in full or refused, and settles the order.
    enum Kind {
        Trade,
        Reward,
        Bill
    }

    enum OrderStatus {
        Unknown,
        Open,
        Settled,
        Closed
    }

    /// What is due for a claim is `price + rate * output / per`, rounded down, in the token's smallest unit.
    struct Order {
        Kind kind;
        /// Id of the policy to be met.
        bytes32 policy;
        /// The period, a cell of the policy's calendar, Unix seconds.
        uint64 start;
        uint64 end;
        /// Claims before, refunds from then on, Unix seconds.
        uint64 deadline;
        IERC20 token;
        address payer;
        /// Who is paid; zero: whoever proves.
        address payee;
        /// Deposited when the order is opened.
        uint128 escrow;
        /// Fixed part of what is due.
        uint128 price;
        /// For `per` units of the output; 0 for a fixed price.
        uint128 rate;
        uint64 per;
        /// Which of the policy's outputs counts.
        uint8 output;
        /// Tells orders of equal terms apart.
        bytes32 salt;
    }

    struct OrderState {
        /// What is left of the escrow.
        uint128 funds;
        OrderStatus status;
    }

    /// @notice Seconds between a period's end and the earliest deadline of its orders: what claimants have at least.
    uint64 public immutable claimWindow;

    /// @notice What became of each order, by id.
    mapping(bytes32 id => OrderState) public orders;

    event OrderOpened(bytes32 indexed id, address indexed payer, bytes32 indexed policy, Order order);
    event OrderFunded(bytes32 indexed id, uint128 amount);
    event OrderRefunded(bytes32 indexed id, uint128 amount, OrderStatus status);

    /// @notice Terms that make no order of this kind; `member` says which.
    error BadOrder(string member);
    /// @notice An order of these terms was opened before: take another salt.
    error OrderKnown(bytes32 id);
    /// @notice The order is unknown, settled or closed.
    error OrderNotOpen(bytes32 id, OrderStatus status);
    /// @notice Only the order's payer, or only its payee, may do that.
    error NotYours(address sender);
    /// @notice The deadline has not come, and the policy is not revoked.
    error TooEarlyToRefund(bytes32 id, uint64 deadline);
    /// @notice Nothing is left of the order's escrow.
    error NothingLeft(bytes32 id);
    /// @notice The token moved another amount than it was told: a fee, for one. Such tokens are refused.
    error WrongAmountMoved(IERC20 token, uint256 asked, uint256 moved);

    constructor(uint64 claimWindow_) {
        claimWindow = claimWindow_;
    }

    /// @notice The id of these terms: the `order` of a claim's context.
    function orderId(Order calldata order) public pure returns (bytes32) {
        return keccak256(abi.encode(order));
    }

    /// @notice Opens an order and takes its escrow from the sender, who must be its payer and have approved it.
    function open(Order calldata order) external nonReentrant whenNotPaused returns (bytes32 id) {
        if (order.payer != msg.sender) revert NotYours(msg.sender);
        _check(order);
        id = orderId(order);
        if (orders[id].status != OrderStatus.Unknown) revert OrderKnown(id);
        orders[id] = OrderState(order.escrow, OrderStatus.Open);
        emit OrderOpened(id, msg.sender, order.policy, order);
        _take(order.token, order.escrow);
    }

    /// @notice Adds to an open order's escrow: a pool that runs dry, a bill that came out higher.
    function fund(Order calldata order, uint128 amount) external nonReentrant whenNotPaused {
        if (order.payer != msg.sender) revert NotYours(msg.sender);
        if (amount == 0) revert BadOrder("escrow");
        (bytes32 id, OrderState storage state) = _openOrder(order);
        state.funds += amount;
        emit OrderFunded(id, amount);
        _take(order.token, amount);
    }

    /// @notice Pays what is left back to the payer, whoever asks: after the deadline, once the order is settled, or once its policy is
    /// revoked. No pause holds it up.
    function refund(Order calldata order) external nonReentrant {
        bytes32 id = orderId(order);
        OrderState storage state = orders[id];
        if (state.status == OrderStatus.Open) {
            bool revoked = policies[order.policy].status == PolicyStatus.Revoked;
            if (block.timestamp < order.deadline && !revoked) revert TooEarlyToRefund(id, order.deadline);
            state.status = OrderStatus.Closed;
        } else if (state.status == OrderStatus.Unknown) {
            revert OrderNotOpen(id, state.status);
        }
        _giveBack(id, state, order);
    }

    /// @notice Ends an order before its time, with all its money back to the payer: only its named payee can.
    function release(Order calldata order) external nonReentrant {
        if (order.payee != msg.sender) revert NotYours(msg.sender);
        (bytes32 id, OrderState storage state) = _openOrder(order);
        state.status = OrderStatus.Closed;
        _giveBack(id, state, order);
    }

    function _openOrder(Order calldata order) internal view returns (bytes32 id, OrderState storage state) {
        id = orderId(order);
        state = orders[id];
        if (state.status != OrderStatus.Open) revert OrderNotOpen(id, state.status);
    }

    /// @dev Pays out, and refuses if the receiver got, or this contract lost, any other amount.
    function _pay(IERC20 token, address to, uint256 amount) internal {
        (uint256 theirs, uint256 ours) = (token.balanceOf(to), token.balanceOf(address(this)));
        token.safeTransfer(to, amount);
        uint256 got = token.balanceOf(to) - theirs;
        if (got != amount) revert WrongAmountMoved(token, amount, got);
        uint256 lost = ours - token.balanceOf(address(this));
        if (lost != amount) revert WrongAmountMoved(token, amount, lost);
    }

    function _take(IERC20 token, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 came = token.balanceOf(address(this)) - before;
        if (came != amount) revert WrongAmountMoved(token, amount, came);
    }

    /// Without the receiver's balance in view: a payer gets back what the token gives.
    function _giveBack(bytes32 id, OrderState storage state, Order calldata order) private {
        uint128 funds = state.funds;
        if (funds == 0) revert NothingLeft(id);
        state.funds = 0;
        emit OrderRefunded(id, funds, state.status);
        uint256 ours = order.token.balanceOf(address(this));
        order.token.safeTransfer(order.payer, funds);
        uint256 lost = ours - order.token.balanceOf(address(this));
        if (lost != funds) revert WrongAmountMoved(order.token, funds, lost);
    }

    function _check(Order calldata order) private view {
        Policy storage policy = policies[order.policy];
        if (policy.status != PolicyStatus.Active) revert PolicyNotActive(order.policy, policy.status);
        if (!isCell(policy.calendar, order.start, order.end)) revert NotACell(order.start, order.end);
        bool inTime = order.deadline >= uint256(order.end) + claimWindow && order.deadline > block.timestamp;
        if (!inTime || order.deadline >= TIME_END) revert BadOrder("deadline");
        if (order.escrow == 0 || order.escrow < order.price) revert BadOrder("escrow");
        if (order.rate != 0) {
            if (order.per == 0) revert BadOrder("per");
            if (order.output >= policy.outputs) revert BadOrder("output");
        } else if (order.price == 0) {
            revert BadOrder("price");
        }
        if (order.payee == address(this)) revert BadOrder("payee");
        // A pool is for anybody; a bill is somebody's, and exactly so many tokens for each minor unit.
        if (order.kind == Kind.Reward && order.payee != address(0)) revert BadOrder("payee");
        if (order.kind == Kind.Bill) {
            if (order.payee == address(0)) revert BadOrder("payee");
            if (order.price != 0) revert BadOrder("price");
            if (order.per != 1) revert BadOrder("per");
        }
    }
}
