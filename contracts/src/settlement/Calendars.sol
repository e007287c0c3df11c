// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title Calendars: how time is cut into periods that can be claimed
/// @notice Periods of one calendar never overlap: a nullifier is of one period, so that energy in two of them could be paid for twice.
/// @dev Hours, days and weeks of a zone with a fixed offset are equal cells, checked by division. Months, and zones with daylight saving,
/// are listed by the owner, cell after cell. Time-zone databases are for whoever makes the list.
abstract contract Calendars is Ownable2Step {
    struct Calendar {
        /// Start of some cell, Unix seconds; equal cells only.
        uint64 origin;
        /// Seconds of a cell; 0 if cells are listed.
        uint64 length;
        /// End of the last cell listed.
        uint64 listedUntil;
        bool exists;
    }

    struct Cell {
        uint64 start;
        uint64 end;
    }

    /// @notice Times are below this, as in the protocol.
    uint64 internal constant TIME_END = 1 << 40;

    /// @notice The calendars, by number from 0.
    mapping(uint32 calendar => Calendar) public calendars;

    /// @notice How many calendars there are.
    uint32 public calendarCount;

    /// @notice Where a listed cell ends; 0 for what is no start of one.
    mapping(uint32 calendar => mapping(uint64 start => uint64 end)) public cellEnd;

    event CalendarAdded(uint32 indexed calendar, uint64 origin, uint64 length);
    event CellListed(uint32 indexed calendar, uint64 start, uint64 end);

    /// @notice No cells of this length, or no origin below 2^40.
    error BadCalendar();
    /// @notice There is no such calendar, or its cells are not of the kind asked for.
    error UnknownCalendar(uint32 calendar);
    /// @notice Cells are listed in ascending order, do not overlap, and end below 2^40.
    error CellOutOfOrder(uint64 start, uint64 end);
    /// @notice The period is no cell of the policy's calendar.
    error NotACell(uint64 start, uint64 end);

    /// @notice Adds a calendar of equal cells, none of them before `origin`.
    /// @param origin Start of the first cell, Unix seconds: for weeks from Monday in UTC 345600.
    /// @param length Seconds of a cell: 3600, 86400 or 604800.
    function addCalendar(uint64 origin, uint64 length) external onlyOwner returns (uint32 calendar) {
        if (length == 0 || length >= TIME_END || origin >= TIME_END) revert BadCalendar();
        calendar = _addCalendar(origin, length);
    }

    /// @notice Adds a calendar whose cells are listed.
    function addListedCalendar() external onlyOwner returns (uint32 calendar) {
        calendar = _addCalendar(0, 0);
    }

    /// @notice Lists cells after those listed before. They stay for ever.
    function listCells(uint32 calendar, Cell[] calldata cells) external onlyOwner {
        Calendar storage to = calendars[calendar];
        if (!to.exists || to.length != 0) revert UnknownCalendar(calendar);
        uint64 until = to.listedUntil;
        for (uint256 i = 0; i < cells.length; i++) {
            (uint64 start, uint64 end) = (cells[i].start, cells[i].end);
            if (start < until || end <= start || end >= TIME_END) revert CellOutOfOrder(start, end);
            cellEnd[calendar][start] = end;
            until = end;
            emit CellListed(calendar, start, end);
        }
        to.listedUntil = until;
    }

    /// @notice Whether `[start, end)` is a cell.
    function isCell(uint32 calendar, uint64 start, uint64 end) public view returns (bool) {
        Calendar memory cells = calendars[calendar];
        if (!cells.exists || end <= start || end >= TIME_END) return false;
        if (cells.length == 0) return cellEnd[calendar][start] == end;
        return start >= cells.origin && (start - cells.origin) % cells.length == 0 && end - start == cells.length;
    }

    function _addCalendar(uint64 origin, uint64 length) private returns (uint32 calendar) {
        calendar = calendarCount++;
        calendars[calendar] = Calendar(origin, length, 0, true);
        emit CalendarAdded(calendar, origin, length);
    }
}
