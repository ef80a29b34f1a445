namespace JitProxy.Server.Sessions.MySql;

/// <summary>What the server answers to a command.</summary>
internal enum AnswerKind : byte
{
    /// <summary>Nothing is under way; the default value.</summary>
    None = 0,

    /// <summary>OK or ERR.</summary>
    Plain,

    /// <summary>OK, ERR, or columns and rows of the text protocol: COM_QUERY.</summary>
    TextResult,

    /// <summary>The same with rows of the binary protocol: COM_STMT_EXECUTE.</summary>
    BinaryResult,

    /// <summary>COM_STMT_PREPARE_OK and definitions, or ERR.</summary>
    Prepared,

    /// <summary>Binary rows of a cursor: COM_STMT_FETCH.</summary>
    Page,
}

/// <summary>How far an answer has come.</summary>
internal enum AnswerStep : byte
{
    /// <summary>Its first packet is awaited.</summary>
    First = 0,

    /// <summary>Definitions of parameters follow.</summary>
    Parameters,

    /// <summary>EOF behind the parameters.</summary>
    ParametersEnd,

    /// <summary>Definitions of columns follow.</summary>
    Columns,

    /// <summary>EOF behind the columns.</summary>
    ColumnsEnd,

    /// <summary>Rows follow, up to an OK, EOF or ERR.</summary>
    Rows,
}
