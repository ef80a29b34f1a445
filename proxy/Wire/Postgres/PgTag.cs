namespace JitProxy.Wire.Postgres;

/// <summary>The first byte of a message (PostgreSQL protocol 3.0, section 55.7). Client and server share letters, so each has its own type.</summary>
public enum PgClientTag : byte
{
    /// <summary>Bind.</summary>
    Bind = (byte)'B',

    /// <summary>Close.</summary>
    Close = (byte)'C',

    /// <summary>CopyData.</summary>
    CopyData = (byte)'d',

    /// <summary>CopyDone.</summary>
    CopyDone = (byte)'c',

    /// <summary>CopyFail.</summary>
    CopyFail = (byte)'f',

    /// <summary>Describe.</summary>
    Describe = (byte)'D',

    /// <summary>Execute.</summary>
    Execute = (byte)'E',

    /// <summary>Flush.</summary>
    Flush = (byte)'H',

    /// <summary>FunctionCall.</summary>
    FunctionCall = (byte)'F',

    /// <summary>Parse.</summary>
    Parse = (byte)'P',

    /// <summary>PasswordMessage, SASLInitialResponse or SASLResponse, by the state of the login.</summary>
    Password = (byte)'p',

    /// <summary>Query.</summary>
    Query = (byte)'Q',

    /// <summary>Sync.</summary>
    Sync = (byte)'S',

    /// <summary>Terminate.</summary>
    Terminate = (byte)'X',
}

/// <summary>The first byte of a message from the server.</summary>
public enum PgServerTag : byte
{
    /// <summary>Authentication*.</summary>
    Authentication = (byte)'R',

    /// <summary>BackendKeyData.</summary>
    BackendKeyData = (byte)'K',

    /// <summary>BindComplete.</summary>
    BindComplete = (byte)'2',

    /// <summary>CloseComplete.</summary>
    CloseComplete = (byte)'3',

    /// <summary>CommandComplete.</summary>
    CommandComplete = (byte)'C',

    /// <summary>CopyBothResponse.</summary>
    CopyBothResponse = (byte)'W',

    /// <summary>CopyData.</summary>
    CopyData = (byte)'d',

    /// <summary>CopyDone.</summary>
    CopyDone = (byte)'c',

    /// <summary>CopyInResponse.</summary>
    CopyInResponse = (byte)'G',

    /// <summary>CopyOutResponse.</summary>
    CopyOutResponse = (byte)'H',

    /// <summary>DataRow.</summary>
    DataRow = (byte)'D',

    /// <summary>EmptyQueryResponse.</summary>
    EmptyQueryResponse = (byte)'I',

    /// <summary>ErrorResponse.</summary>
    ErrorResponse = (byte)'E',

    /// <summary>FunctionCallResponse.</summary>
    FunctionCallResponse = (byte)'V',

    /// <summary>NegotiateProtocolVersion.</summary>
    NegotiateProtocolVersion = (byte)'v',

    /// <summary>NoData.</summary>
    NoData = (byte)'n',

    /// <summary>NoticeResponse.</summary>
    NoticeResponse = (byte)'N',

    /// <summary>NotificationResponse.</summary>
    NotificationResponse = (byte)'A',

    /// <summary>ParameterDescription.</summary>
    ParameterDescription = (byte)'t',

    /// <summary>ParameterStatus.</summary>
    ParameterStatus = (byte)'S',

    /// <summary>ParseComplete.</summary>
    ParseComplete = (byte)'1',

    /// <summary>PortalSuspended.</summary>
    PortalSuspended = (byte)'s',

    /// <summary>ReadyForQuery.</summary>
    ReadyForQuery = (byte)'Z',

    /// <summary>RowDescription.</summary>
    RowDescription = (byte)'T',
}
